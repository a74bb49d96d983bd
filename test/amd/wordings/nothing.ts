import type { Wordings } from '../wordings.ts';

/** The voices that come from people speak English only. */
export const NOTHING: Wordings = {
  hello: [],
  name: [],
  company: [],
  business: [],
  shortMachine: [],
  longMachine: [],
  carrier: [],
  menu: [],
  screening: [],
};
