// One after the other, so that twenty photos do not knock at once.

/** Runs what it is given in order, a few at a time. */
export class Turns {
  #room;
  #waiting = [];

  constructor(atOnce) {
    this.#room = atOnce;
  }

  /** Run when it is its turn; resolves or rejects as the task does. */
  run(task) {
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => task().then(resolve, reject));
      this.#next();
    });
  }

  #next() {
    while (this.#room > 0 && this.#waiting.length) {
      this.#room -= 1;
      this.#waiting.shift()().finally(() => {
        this.#room += 1;
        this.#next();
      });
    }
  }
}
