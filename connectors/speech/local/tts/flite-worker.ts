import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../../../src/errors.ts';
import { resample } from '../../../../src/media/resample.ts';
import { FliteHost } from './flite-host.ts';
import type { FliteModule } from './flite-module.ts';
import type { FliteReply, FliteRequest } from './flite-pool.ts';
import { polish } from './tts-audio.ts';
import { WavStream } from './wav-stream.ts';

/** The thread's entry: one request at a time, audio ready to be played. `workerData` is the compiled flite module. */
const port = parentPort;
if (port === null) throw new Error('flite-worker runs as a worker thread only');
const host = new FliteHost(workerData as FliteModule);

port.on('message', async (request: FliteRequest) => {
  const reply = await synthesize(request);
  port.postMessage(reply, 'samples' in reply ? [reply.samples.buffer as ArrayBuffer] : []);
});

async function synthesize(request: FliteRequest): Promise<FliteReply> {
  try {
    const wav = new WavStream();
    const spoken = wav.push(host.synthesize(request.voice, request.text));
    if (wav.sampleRate === undefined) throw new Error('flite wrote no audio');
    const samples = polish(await resample(spoken, wav.sampleRate, request.sampleRate), request.sampleRate);
    return { id: request.id, samples };
  } catch (error) {
    return { id: request.id, error: messageOf(error) };
  }
}
