// Stores in the browser's own databases.

/** The names of the databases and of the one store in each; options of `createObjectStore`. */
export const STORES = {
  handover: { database: "mask-mirror-handover", store: "files" },
  minutes: { database: "mask-mirror-door", store: "minutes", options: { keyPath: "minute" } },
  personal: { database: "mask-mirror-personal", store: "personal" },
};

/** A database of several stores that change together; options of `createObjectStore` by name. */
export const COLLECTION = { database: "mask-mirror-collect", stores: { pictures: { keyPath: "id" }, jpegs: undefined } };

/**
 * Do something in a store, in a transaction of its own.
 * @template T
 * @param {{database: string, store: string, options?: object}} kind one of STORES
 * @param {"readonly" | "readwrite"} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T> | void} act
 * @returns {Promise<T | undefined>} the request's result, once the transaction is complete
 */
export function inStore({ database, store, options }, mode, act) {
  return inStores({ database, stores: { [store]: options } }, mode, (stores) => act(stores[store]));
}

/**
 * Do something in all stores of a database, in one transaction.
 * @template T
 * @param {{database: string, stores: object}} kind
 * @param {"readonly" | "readwrite"} mode
 * @param {(stores: {[name: string]: IDBObjectStore}) => IDBRequest<T> | void} act
 * @returns {Promise<T | undefined>} the request's result, once the transaction is complete
 */
export function inStores({ database, stores }, mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(database, 1);
    opening.onupgradeneeded = () => {
      for (const [name, options] of Object.entries(stores)) opening.result.createObjectStore(name, options);
    };
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const names = Object.keys(stores);
      const transaction = opening.result.transaction(names, mode);
      let request;
      try {
        request = act(Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])));
      } catch (error) {
        // What cannot be stored at all ends the transaction.
        reject(error);
        transaction.abort();
      }
      const close = (done) => () => {
        opening.result.close();
        done();
      };
      transaction.oncomplete = close(() => resolve(request?.result));
      transaction.onabort = close(() => reject(transaction.error));
    };
  });
}
