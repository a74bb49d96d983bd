import { VENDORS } from './vendors.ts';

/** The fake of one vendor in a process of its own: `argv[2]` names it. Tells by IPC how it is reached, and ends with its parent. */
const vendor = VENDORS[process.argv[2] ?? ''];
if (vendor === undefined) throw new Error(`no vendor '${process.argv[2]}'`);
process.on('disconnect', () => process.exit(0));
process.send?.(await vendor.startFake());
