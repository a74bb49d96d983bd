import { pino } from 'pino';
import { openStore } from './open.ts';
import { someRecord } from './store-fixture.ts';

/**
 * A program for the test of killed processes: writes records into the data directory it is given (with a prepared database), under ids that begin
 * with the name that it is given, and prints the id of each as soon as the store says that it is committed, until it is killed.
 */
const [, , dataDir = '', preparedDatabase = '', name = ''] = process.argv;
const store = await openStore({ dataDir, preparedDatabase, log: pino({ level: 'silent' }) });
process.stdout.write('open\n');
for (let n = 0; ; n += 1) {
  const id = `${name}-${n}`;
  await store.callRecords.save(someRecord(id, n, { state: n % 2 === 0 ? 'answered' : 'ended' }));
  process.stdout.write(`${id}\n`);
}
