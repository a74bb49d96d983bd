import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** What the thread of the dialers tells. */
type Told = { urls: string[]; stuckUrl: string } | { count: number; outOfOrder: number };

/** Dialers that answer 200 at once, on a thread of their own so that they do not slow down what they measure. */
export class NotifyTarget {
  urls: string[] = [];
  /** Takes requests and never answers. */
  stuckUrl = '';
  outOfOrder = 0;
  #count = 0;
  #changed: () => void = () => {};
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  static async start(targets: number): Promise<NotifyTarget> {
    const target = new NotifyTarget(new Worker(new URL(import.meta.url), { workerData: { targets } }));
    await new Promise<void>((resolve, reject) => {
      target.#worker.on('error', reject).on('message', (told: Told) => {
        if ('urls' in told) {
          target.urls = told.urls;
          target.stuckUrl = told.stuckUrl;
          resolve();
        } else {
          target.#count = told.count;
          target.outOfOrder = told.outOfOrder;
          target.#changed();
        }
      });
    });
    return target;
  }

  async until(count: number): Promise<void> {
    while (this.#count < count) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

async function serve(targets: number): Promise<void> {
  let count = 0;
  let outOfOrder = 0;
  let announced = false;
  const answered = new Set<string>();
  const urls: string[] = [];
  for (let n = 0; n < targets; n += 1) {
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        response.end();
        const { conversationId, status } = JSON.parse(body);
        if (status === 'answered') answered.add(conversationId);
        else if (status === 'completed' && !answered.has(conversationId)) outOfOrder += 1;
        count += 1;
        if (announced) return;
        announced = true;
        setImmediate(() => {
          announced = false;
          parentPort?.postMessage({ count, outOfOrder });
        });
      });
    });
    urls.push(await listen(server));
  }
  parentPort?.postMessage({ urls, stuckUrl: await listen(createServer(() => {})) });
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

if (!isMainThread && parentPort !== null) await serve((workerData as { targets: number }).targets);
