import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type AudioServer, audioUrl, startAudioServer } from './audio-server.ts';

async function start(admits: (address: string) => boolean = () => true) {
  const warnings: string[] = [];
  const server = await startAudioServer({
    host: '127.0.0.1',
    port: 0,
    admits,
    onWarning: (message) => warnings.push(message),
  });
  onTestFinished(() => server.close());
  return { server, warnings };
}

function ticket(server: AudioServer, admits = true) {
  const accepted: WebSocket[] = [];
  const issued = server.tickets.issue({ admits: () => admits, accept: (socket) => accepted.push(socket) });
  return { ...issued, accepted };
}

/** The status that a connection ends with, 101 when it is accepted. */
async function statusOf(url: string): Promise<number> {
  const socket = new WebSocket(url);
  onTestFinished(() => socket.terminate());
  socket.on('error', () => {});
  return await Promise.race([
    once(socket, 'open').then(() => 101),
    once(socket, 'unexpected-response').then(([, response]) => (response as { statusCode: number }).statusCode),
    once(socket, 'close').then(() => 0),
  ]);
}

describe('the audio socket', () => {
  it('takes one connection per ticket', async () => {
    const { server } = await start();
    const { token, accepted } = ticket(server);
    const url = audioUrl('127.0.0.1', server.port, token);
    expect(await statusOf(url)).toBe(101);
    expect(accepted).toHaveLength(1);
    expect(await statusOf(url)).toBe(404);
    expect(server.tickets.size).toBe(0);
  });

  it('refuses everything else before the upgrade', async () => {
    const { server, warnings } = await start();
    const revoked = ticket(server);
    revoked.revoke();
    const foreign = ticket(server, false);
    expect(await statusOf(audioUrl('127.0.0.1', server.port, revoked.token))).toBe(404);
    expect(await statusOf(audioUrl('127.0.0.1', server.port, 'guessed'))).toBe(404);
    expect(await statusOf(audioUrl('127.0.0.1', server.port, foreign.token))).toBe(403);
    expect(await statusOf(`ws://127.0.0.1:${server.port}/`)).toBe(404);
    expect(warnings).toHaveLength(3);
    expect(server.tickets.size).toBe(1);
    const plain = ticket(server);
    expect((await fetch(`http://127.0.0.1:${server.port}/audio/${plain.token}`)).status).toBe(404);
    expect(plain.accepted).toEqual([]);
  });

  it('lets addresses that are no FreeSWITCH of ours not even speak', async () => {
    const { server } = await start(() => false);
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    const received: Buffer[] = [];
    socket.on('data', (bytes) => received.push(bytes));
    socket.on('error', () => {});
    await once(socket, 'close');
    expect(received).toEqual([]);
  });

  it('ends a connection that sends more in one message than FreeSWITCH ever does', async () => {
    const { server } = await start();
    const { token, accepted } = ticket(server);
    const socket = new WebSocket(audioUrl('127.0.0.1', server.port, token));
    await once(socket, 'open');
    const messages: unknown[] = [];
    accepted[0]?.on('message', (message) => messages.push(message));
    socket.send(new Uint8Array(200_000));
    await once(socket, 'close');
    expect(messages).toEqual([]);
  });

  it('closes with its connections', async () => {
    const { server } = await start();
    const { token } = ticket(server);
    const socket = new WebSocket(audioUrl('127.0.0.1', server.port, token));
    await once(socket, 'open');
    const closed = once(socket, 'close');
    await server.close();
    await closed;
  });

  it.each(['::1', 'hub.example.com', '127.0.0.1/x'])(
    'no URL is made of %s, which mod_audio_fork could not read',
    (address) => {
      expect(() => audioUrl(address, 8081, 'abc')).toThrow(/can read/);
    },
  );
});
