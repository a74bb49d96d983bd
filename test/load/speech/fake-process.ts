import { MarkedWordReader } from '../../e2e/support/marked-words.ts';
import { AGENTS } from './agents.ts';
import { TEXT_BOTS, takeSaid } from './bots.ts';
import { VENDORS } from './vendors.ts';

/** The fake of one vendor, agent or bot in a process of its own: `argv[2]` names it, and with `calls` after that it hears marked words. Tells by IPC how it is reached, and, asked, how long
 * it took itself; ends with its parent. */
const name = process.argv[2] ?? '';
const vendor = VENDORS[name] ?? AGENTS[name] ?? TEXT_BOTS[name];
if (vendor === undefined) throw new Error(`no vendor '${name}'`);
process.on('disconnect', () => process.exit(0));
process.on('message', () => {
  if (name in TEXT_BOTS) process.send?.(takeSaid());
  else process.send?.('ownMs' in vendor ? (vendor.ownMs?.() ?? []) : []);
});
const ear = process.argv[3] === 'calls' ? () => new MarkedWordReader() : undefined;
process.send?.(await vendor.startFake(ear));
