import type { HubActivity } from '../../../src/bots/port.ts';
import type { RecognitionConfig, SharedConfig } from './config.ts';
import type { AudioFormat } from './user-audio.ts';

/** The input of one request. */
export type Query =
  | { type: 'text'; text: string }
  | { type: 'event'; name: string }
  /** Keys. */
  | { type: 'dtmf'; digits: string }
  /** What follows in the stream. */
  | { type: 'audio'; format: AudioFormat };

export interface Question {
  query: Query;
  /** BCP 47. */
  language: string;
  /** The event that the hub tells of, by its name there, and what it tells; undefined for what the caller says. */
  event: { name: string; parameters: Record<string, unknown> } | undefined;
  /** For webhooks: who calls, and what is known of this input. */
  payload: Record<string, unknown>;
}

type QuestionConfig = Pick<SharedConfig, 'language' | 'welcomeEvent' | 'welcomeText' | 'noInputEvent' | 'maxTextChars'>;

/** Fields of messages that are of no use to a webhook, and long. */
const LEFT_OUT = new Set(['recognitionOutput']);

/**
 * What an activity is for an agent (Bot API 4.2 and 7).
 * @param facts of the call, for webhooks
 * @returns undefined for a message without text
 */
export function questionOf(
  activity: HubActivity,
  config: QuestionConfig,
  facts: Readonly<Record<string, unknown>>,
): Question | undefined {
  const { type, name = '', text = '', value, parameters = {} } = activity;
  const known = Object.fromEntries(Object.entries(parameters).filter(([key]) => !LEFT_OUT.has(key)));
  const common = { language: config.language ?? activity.language, payload: { ...facts, ...known } };
  if (type === 'message') {
    if (text.trim() === '') return undefined;
    return { ...common, query: { type: 'text', text: shortened(text, config.maxTextChars) }, event: undefined };
  }
  const event = { name, parameters: value === undefined ? known : { ...known, value } };
  return { ...common, query: queryOf(name, value, config), event };
}

function queryOf(name: string, value: unknown, config: QuestionConfig): Query {
  switch (name.toLowerCase()) {
    case 'start':
      if (config.welcomeText !== undefined) return { type: 'text', text: config.welcomeText };
      return { type: 'event', name: config.welcomeEvent };
    case 'dtmf':
      return { type: 'dtmf', digits: String(value) };
    case 'nouserinput':
      return { type: 'event', name: config.noInputEvent.replaceAll('{n}', String(value)) };
    default:
      return { type: 'event', name };
  }
}

/** Between two words, where there are some. */
export function shortened(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const space = text.lastIndexOf(' ', maxChars);
  // Not through a pair of surrogates.
  return text.slice(0, space > maxChars / 2 ? space : maxChars).replace(/[\ud800-\udbff]$/, '');
}

/** Fields of the recogniser's configuration that the editions have in common. */
export function recognitionOf({ model, variant }: RecognitionConfig, format: AudioFormat) {
  return {
    ...format,
    ...(model === undefined ? {} : { model }),
    modelVariant: VARIANTS[variant],
    singleUtterance: true,
  };
}

const VARIANTS = { best: 'USE_BEST_AVAILABLE', standard: 'USE_STANDARD', enhanced: 'USE_ENHANCED' } as const;
