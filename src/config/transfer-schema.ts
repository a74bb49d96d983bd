import { z } from 'zod';
import { RINGING_TONES, type RingingCountry } from '../media/ringback.ts';
import * as field from './fields.ts';

const countries = Object.keys(RINGING_TONES) as [RingingCountry, ...RingingCountry[]];

/** Of all transfers that bots ask for. */
export const transfers = z
  .strictObject({
    /** The other party rings for so long: no answer. */
    ringTimeoutMs: field.ms(1_000, 600_000).default(60_000),
    /** From a REFER to the final status of the far side. */
    referTimeoutMs: field.ms(1_000, 600_000).default(30_000),
    /** What the caller hears meanwhile, until there is something of the other party to be heard. */
    waiting: z.enum(['ringback', 'music', 'silence']).default('ringback'),
    /** A WAV file, played over and over. */
    musicFile: z.string().min(1).max(4096).optional(),
    /** Whose ringing tone; by default that of the country in the language of the bot, and where it has none that of the USA. */
    ringbackCountry: z.enum(countries).optional(),
  })
  .refine(
    ({ waiting, musicFile }) => waiting !== 'music' || musicFile !== undefined,
    field.sentence('`waiting: music` needs a `musicFile`'),
  )
  .prefault({});

/** Of one SIP connection. */
export const transferMethod = z.enum(['invite', 'refer', 'attended']).default('invite');
/** `asGiven`: as the bot has written it. `sip`: a telephone number becomes a SIP address at the far side. */
export const referTo = z.enum(['asGiven', 'sip']).default('asGiven');
