import { Worker } from 'node:worker_threads';
import type { FromStreams, ToStreams } from './rtp-streams.ts';

/** The process of the phones: hands messages between the bench and the thread that sends and receives. */
const streams = new Worker(new URL('./rtp-streams.ts', import.meta.url));
streams.on('message', (message: FromStreams) => process.send?.(message));
process.on('message', (message: ToStreams) => streams.postMessage(message));
process.on('disconnect', () => process.exit(0));
