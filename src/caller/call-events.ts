import type { TranscriptEntry } from '../calls/record.ts';
import type { CallStep } from './steps.ts';

/** What happens in a scripted call, as it happens. `atMs` counts from the INVITE. */
export type CallEvent = { atMs: number } & (
  | { type: 'calling'; to: string; from: string }
  | { type: 'provisional'; status: number }
  | { type: 'answered'; afterMs: number }
  | { type: 'refused'; status: number | undefined; text: string }
  | { type: 'hub-starts' }
  | { type: 'hub-stops'; spokeMs: number }
  | { type: 'no-reply'; waitedMs: number }
  | { type: 'step'; step: CallStep }
  | { type: 'dtmf'; digit: string }
  | { type: 'transcript'; entry: TranscriptEntry }
  | { type: 'transcript-unavailable'; why: string }
  | { type: 'caller-hangs-up'; why: string }
  | { type: 'ended'; by: 'hub' | 'caller'; reason: string | undefined }
);

/** One line for a person; what the hub reports about the call (`transcript`) is marked as its own view. */
export function narrate(event: CallEvent): string {
  return `t=+${(event.atMs / 1000).toFixed(2)}s  ${sentence(event)}`;
}

function sentence(event: CallEvent): string {
  switch (event.type) {
    case 'calling':
      return `calling ${event.to} as ${event.from}`;
    case 'provisional':
      return provisional(event.status);
    case 'answered':
      return `answered after ${Math.round(event.afterMs)} ms`;
    case 'refused':
      return event.text;
    case 'hub-starts':
      return 'the hub starts to speak';
    case 'hub-stops':
      return `the hub has finished (spoke ${(event.spokeMs / 1000).toFixed(1)} s)`;
    case 'no-reply':
      return `the hub said nothing for ${(event.waitedMs / 1000).toFixed(1)} s; going on`;
    case 'step':
      return `caller ${stepSentence(event.step)}`;
    case 'dtmf':
      return `the hub pressed ${event.digit}`;
    case 'transcript':
      return transcriptSentence(event.entry);
    case 'transcript-unavailable':
      return `(no transcript from the hub: ${event.why})`;
    case 'caller-hangs-up':
      return `caller hangs up: ${event.why}`;
    case 'ended':
      return `ended by the ${event.by}${event.reason ? ` (${event.reason})` : ''}`;
  }
}

function provisional(status: number): string {
  if (status === 180) return 'ringing';
  return status === 183 ? 'early media' : `progress ${status}`;
}

function stepSentence(step: CallStep): string {
  switch (step.kind) {
    case 'say':
      return `says "${step.text}"`;
    case 'wav':
      return `plays ${step.file}`;
    case 'dtmf':
      return `presses ${step.digits}`;
    case 'wait':
      return `waits ${step.ms} ms`;
  }
}

function transcriptSentence(entry: TranscriptEntry): string {
  const text = entry.kind === 'speech' ? `"${entry.text}"` : entry.text;
  const cut = entry.interrupted ? ' (cut short)' : '';
  switch (entry.speaker) {
    case 'caller':
      return entry.kind === 'dtmf' ? `  the hub received key ${entry.text}` : `  the hub understood ${text}`;
    case 'bot':
      return `  bot: ${text}${cut}`;
    case 'hub':
      return `  hub: ${text}${cut}`;
  }
}
