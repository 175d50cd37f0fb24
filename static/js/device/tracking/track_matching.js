// Matching of the faces of a frame to tracks by geometry. Pure; counterpart of webapp/vision/tracking/track_matching.py.
import { area, boxIou } from "../vision/boxes.js";

const IOU_MIN = 0.25;
const REACH_PER_S = 8;
const REACH_MAX = 1.2;
const SIZE_RATIO_MAX = 1.6;

/**
 * Give each face at most one track and each track at most one face, the best pairs first (greedy).
 * @param {number[][]} tracks boxes where the tracks are expected
 * @param {number[][]} faces boxes of the frame
 * @param {number[]} unseen_s time since the last detection of each track
 * @returns {number[]} index of each face's track, -1 for a face without one
 */
export function matchFaces(tracks, faces, unseen_s) {
  const pairs = [];
  faces.forEach((face, i) =>
    tracks.forEach((track, j) => {
      const value = affinity(track, face, unseen_s[j]);
      if (value > 0) pairs.push({ i, j, value });
    }),
  );
  const trackOf = faces.map(() => -1);
  const taken = new Set();
  for (const { i, j } of pairs.sort((a, b) => b.value - a.value)) {
    if (trackOf[i] >= 0 || taken.has(j)) continue;
    trackOf[i] = j;
    taken.add(j);
  }
  return trackOf;
}

/** 1 to 2 for a pair that overlaps, 0 to 1 for one within reach, 0 for any other. */
function affinity(track, face, unseen_s) {
  const overlap = boxIou(face, track);
  if (overlap >= IOU_MIN) return 1 + overlap;
  const [faceSize, trackSize] = [Math.sqrt(area(face)) + 1e-6, Math.sqrt(area(track)) + 1e-6];
  if (Math.max(faceSize / trackSize, trackSize / faceSize) > SIZE_RATIO_MAX) return 0;
  const between = [0, 1].map((i) => (face[i] + face[i + 2] - track[i] - track[i + 2]) / 2);
  const distance = Math.hypot(...between) / Math.sqrt(faceSize * trackSize);
  const reach = Math.min(REACH_PER_S * unseen_s, REACH_MAX);
  return distance < reach ? 1 - distance / Math.max(reach, 1e-9) : 0;
}
