import type { CompiledGrammar } from './grammar.ts';
import type { GreetingModel } from './greeting-model.ts';
import type { Decoded } from './stt-decoder.ts';

/** What to recognise with. */
export type Recognition = CompiledGrammar | GreetingModel;

/** Hub thread -> decoder thread. `samples` (8 kHz) are transferred. */
export type DecoderRequest =
  | { type: 'warm-up'; id: number; grammar: Recognition }
  | { type: 'decode'; id: number; samples: Int16Array; partial: boolean; grammar: Recognition };

/** Decoder thread -> hub thread: exactly one per request. */
export type DecoderReply =
  | { type: 'warm'; id: number }
  | { type: 'decoded'; id: number; decoded: Decoded; decodeMs: number }
  | { type: 'failed'; id: number; message: string };
