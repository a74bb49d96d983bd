import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { VirtualClock } from '../../../src/media/virtual-clock.ts';
import { type Access, Connection, hostOf, MAX_STREAMS } from './access.ts';

const closed: string[] = [];

class NamedStub extends Client {
  override close(): void {
    closed.push('closed');
    super.close();
  }
}

const access: Access = {
  options: {},
  address: 'localhost:1',
  credentials: credentials.createInsecure(),
  channelOptions: {},
  metadataOf: () => new Metadata(),
};

test('agents are reached in their own region', () => {
  expect(hostOf('global')).toBe('dialogflow.googleapis.com');
  expect(hostOf('europe-west1')).toBe('europe-west1-dialogflow.googleapis.com');
});

test('a connection is shared until it is full, and used again when it has room', async () => {
  let opened = 0;
  const connection = new Connection<NamedStub>({
    openAccess: async () => {
      opened += 1;
      return access;
    },
    loadStubClass: async () => NamedStub,
    clock: new VirtualClock(),
  });
  const [one, same] = await Promise.all([connection.get(), connection.get()]);
  expect(same).toBe(one);
  one.streams = MAX_STREAMS;
  const two = await connection.get();
  expect(two).not.toBe(one);
  one.streams -= 1;
  expect(await connection.get()).toBe(one);
  expect(opened).toBe(2);
  connection.renew(one);
  connection.renew(one);
  expect(await connection.get()).toBe(two);
  await connection.close();
  expect(closed).toEqual(['closed', 'closed']);
  await expect(connection.get()).rejects.toMatchObject({ code: 'bot_unreachable' });
});

test('a connection that does not answer somebody is given up where it has been silent for all', async () => {
  const clock = new VirtualClock();
  const connection = new Connection<NamedStub>({
    openAccess: async () => access,
    loadStubClass: async () => NamedStub,
    clock,
  });
  const one = await connection.get();
  clock.advance(10_000);
  one.heard();
  clock.advance(1_000);
  connection.doubt(one);
  expect(await connection.get()).toBe(one);
  clock.advance(500);
  connection.doubt(one);
  const two = await connection.get();
  expect(two).not.toBe(one);
  connection.doubt(two);
  expect(await connection.get()).toBe(two);
  await connection.close();
});
