import { describe, expect, test } from 'vitest';
import { connectorNames } from '../../../src/hub/connectors.ts';
import { FAULTS, missing, STREAMS } from './matrix.ts';

test('every connector that hub.yaml may name has its columns, or a reason why it has none', () => {
  expect(Object.keys(STREAMS.bots).toSorted()).toEqual([...connectorNames.bots].toSorted());
  expect(Object.keys(STREAMS.speech).toSorted()).toEqual([...connectorNames.speech].toSorted());
});

const STREAM = 'a stream';
const alone = { [STREAM]: ['talked'] } as const;

describe(STREAM, () => {
  for (const fault of FAULTS.slice(1)) test(fault, () => {});
});

test('a cell without a test is missed, and so is one side of a cell', ({ task }) => {
  expect(missing(task.file.tasks, alone)).toEqual([`${STREAM}/handshake refused`]);
  expect(missing(task.file.tasks, { [STREAM]: ['heard'] })).toHaveLength(FAULTS.length);
});

test('a column without tests is missed', ({ task }) => {
  expect(missing(task.file.tasks, { 'another one': ['talked'] })).toHaveLength(FAULTS.length);
});
