// Names of labels in foreign files, mapped to our labels: those of model_training/data/formats/label_names.py. Pure.

const USUAL_NAMES = {
  with_mask: "with_mask mask masked face_with_mask face_mask mask_on wearing_mask",
  without_mask: "without_mask no_mask unmasked face_no_mask face_without_mask no_face_mask mask_off bare",
  mask_worn_incorrectly:
    "mask_worn_incorrectly mask_worn_incorrect mask_weared_incorrect incorrect_mask incorrect face_with_mask_incorrect incorrectly_worn badly_worn",
};

const plain = (name) => name.replace(/[\W_]+/g, "").toLowerCase();
const LABEL_OF = new Map(Object.entries(USUAL_NAMES).flatMap(([label, names]) => names.split(" ").map((name) => [plain(name), label])));

/** The label that a name stands for, whatever its case, hyphens, blanks and underscores; undefined for an unknown name. */
export const labelNamed = (name) => LABEL_OF.get(plain(name));
