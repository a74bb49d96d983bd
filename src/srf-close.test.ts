import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import Srf from 'drachtio-srf';
import { expect, it, onTestFinished } from 'vitest';
import { closeSrf } from './srf-close.ts';

it('ends the attempts of one that cannot connect', async () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const srf = new Srf();
  srf.on('error', () => {});
  const { port } = server.address() as AddressInfo;
  void srf.connect({ host: '127.0.0.1', port, secret: 's' });
  await expect.poll(() => connections).toBeGreaterThan(1);
  closeSrf(srf);
  closeSrf(srf);
  const before = connections;
  await new Promise((resolve) => setTimeout(resolve, 900));
  expect(connections).toBe(before);
});

it('does nothing to one that was never connected', () => {
  closeSrf(new Srf());
});
