// A queue of asynchronous tasks.

/** Runs tasks in order, a limited number at a time. */
export class TaskQueue {
  #free;
  #waiting = [];

  constructor(concurrency) {
    this.#free = concurrency;
  }

  /** Run a task once a slot is free; resolves or rejects as the task does. */
  run(task) {
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => task().then(resolve, reject));
      this.#next();
    });
  }

  #next() {
    while (this.#free > 0 && this.#waiting.length) {
      this.#free -= 1;
      this.#waiting.shift()().finally(() => {
        this.#free += 1;
        this.#next();
      });
    }
  }
}
