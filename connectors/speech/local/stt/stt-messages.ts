import type { PoolReply, PoolRequest } from '../../../../src/speech/decoder-workers.ts';
import type { CompiledGrammar } from './grammar.ts';
import type { GreetingModel } from './greeting-model.ts';
import type { Decoded } from './stt-decoder.ts';

/** What to recognise with. */
export type Recognition = CompiledGrammar | GreetingModel;

/** `samples`: 8 kHz. */
export type DecoderRequest = PoolRequest<Recognition>;
export type DecoderReply = PoolReply<Decoded>;
