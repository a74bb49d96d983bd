import { Command, InvalidArgumentError } from 'commander';
import { localAuthorization } from '../access/local-access.ts';
import { systemClock } from '../clock.ts';
import { messageOf, PatchbayError } from '../errors.ts';
import type { TextToSpeech } from '../speech/ports.ts';
import { type CallEvent, narrate } from './call-events.ts';
import type { HubApi } from './hub-transcript.ts';
import type { CallOutcome } from './outcome.ts';
import { type CallOptions, placeCall } from './place-call.ts';
import { type CallStep, DEFAULT_STEPS, dtmfStep, sayStep, waitStep, wavStep } from './steps.ts';
import { turnTable } from './turns.ts';

export const EXIT_OK = 0;
export const EXIT_CALL_FAILED = 1;
export const EXIT_USAGE = 2;

/** What the command needs from whoever composes it. */
export interface CallCommandDeps {
  /** The voice of `--say`; opened only when a step speaks. */
  openVoice: () => Promise<{ tts: TextToSpeech; close: () => Promise<void> }>;
  /** Lines for people and the JSON result. */
  print: (line: string) => void;
  printError: (line: string) => void;
  setExitCode: (code: number) => void;
  /** Calls back on Ctrl-C; the returned function stops listening. */
  onInterrupt: (listener: () => void) => () => void;
  /** `id:secret` of the API client that asks the hub for the text; undefined: what a hub on this machine offers. */
  apiClient?: string | undefined;
}

/** The dependencies of a command that runs in a terminal. */
export function terminalDeps(openVoice: CallCommandDeps['openVoice']): CallCommandDeps {
  return {
    openVoice,
    apiClient: process.env.PATCHBAY_API_CLIENT,
    print: (line) => process.stdout.write(`${line}\n`),
    printError: (line) => process.stderr.write(`${line}\n`),
    setExitCode: (code) => {
      process.exitCode = code;
    },
    onInterrupt: (listener) => {
      process.on('SIGINT', listener);
      process.on('SIGTERM', listener);
      return () => {
        process.off('SIGINT', listener);
        process.off('SIGTERM', listener);
      };
    },
  };
}

interface Numbered {
  place: number;
  step: CallStep;
}

interface Flags {
  to: string;
  from: string;
  say?: Numbered[];
  wav?: Numbered[];
  dtmf?: Numbered[];
  wait?: Numbered[];
  out?: string;
  record: boolean;
  timeout: number;
  promptEnd: number;
  replyTimeout: number;
  bargeIn?: number;
  api: string | false;
  dataDir: string;
  language: string;
  voice?: string;
  json?: boolean;
  quiet?: boolean;
}

/** `patchbay call`: places one scripted call. Exit codes: 0 done, 1 the call failed, 2 wrong usage. */
export function callCommand(deps: CallCommandDeps): Command {
  let place = 0;
  const collect =
    (make: (value: string) => CallStep) =>
    (value: string, earlier: Numbered[] | undefined): Numbered[] => [
      ...(earlier ?? []),
      { place: place++, step: usable(() => make(value)) },
    ];
  return new Command('call')
    .exitOverride()
    .description('place a real SIP call from a script: it speaks, presses keys, listens, and keeps a stereo recording')
    .option('--to <uri>', 'SIP URI to call', sipUri, 'sip:demo@127.0.0.1')
    .option('--from <uri>', 'SIP URI of the caller', sipUri, 'sip:caller@127.0.0.1')
    .option('--say <text>', 'speak a text (repeatable; steps run in the order given)', collect(sayStep))
    .option('--wav <file>', 'play a WAV file (repeatable)', collect(wavStep))
    .option('--dtmf <keys>', 'press keys, for example 12# (repeatable)', collect(dtmfStep))
    .option('--wait <ms>', 'stay silent (repeatable)', collect(waitStep))
    .option('--barge-in <ms>', 'speak this long after a prompt began instead of waiting for its end', milliseconds)
    .option('--prompt-end <ms>', 'silence that ends a prompt', milliseconds, 900)
    .option('--reply-timeout <ms>', 'go on when the hub says nothing for this long', milliseconds, 10_000)
    .option('--timeout <seconds>', 'end the call after this long', seconds, 120)
    .option('--out <file>', 'stereo recording, left caller, right hub (default: recordings/call-<time>.wav)')
    .option('--no-record', 'keep no recording')
    .option('--api <url>', "the hub's HTTP address, for the text of the conversation", httpUrl, 'http://127.0.0.1:8080')
    .option('--data-dir <dir>', 'data directory of a hub on this machine: has the key to its API', 'data')
    .option('--no-api', 'do not ask the hub for the text')
    .option('--language <tag>', 'language of --say', 'en-US')
    .option('--voice <name>', 'voice of --say')
    .option('--json', 'print one JSON object at the end and nothing else')
    .option('--quiet', 'print only the result')
    .action(async (flags: Flags) => {
      const interrupt = new AbortController();
      const stopListening = deps.onInterrupt(() => interrupt.abort());
      try {
        deps.setExitCode(await runCall(flags, deps, interrupt.signal));
      } catch (error) {
        deps.printError(`call failed: ${messageOf(error)}`);
        const usage = error instanceof PatchbayError && (error.code === 'bad_audio_file' || error.code === 'bad_step');
        deps.setExitCode(usage ? EXIT_USAGE : EXIT_CALL_FAILED);
      } finally {
        stopListening();
      }
    });
}

async function runCall(flags: Flags, deps: CallCommandDeps, signal: AbortSignal): Promise<number> {
  const options = callOptions(flags, await hubApi(flags, deps));
  const speaks = options.steps.some((step) => step.kind === 'say');
  const voice = speaks ? await deps.openVoice() : undefined;
  const report = (event: CallEvent) => {
    if (!flags.json && !flags.quiet) deps.print(narrate(event));
  };
  try {
    const { openCallerParts } = await import('./parts.ts');
    await using parts = await openCallerParts();
    const outcome = await placeCall(options, {
      userAgent: parts.userAgent,
      media: parts.media,
      tts: voice?.tts,
      clock: systemClock,
      report,
      signal,
    });
    if (flags.json) deps.print(JSON.stringify(outcome, undefined, 2));
    else for (const line of summary(outcome)) (outcome.ok ? deps.print : deps.printError)(line);
    return outcome.ok ? EXIT_OK : EXIT_CALL_FAILED;
  } finally {
    await voice?.close();
  }
}

/** With what the hub's API is asked: the client that the environment names, or the key of a hub on this machine. */
async function hubApi(flags: Flags, deps: CallCommandDeps): Promise<HubApi | undefined> {
  if (flags.api === false) return undefined;
  const authorization =
    deps.apiClient === undefined
      ? await localAuthorization(flags.api, flags.dataDir)
      : `Basic ${Buffer.from(deps.apiClient).toString('base64')}`;
  return { url: flags.api, authorization };
}

function callOptions(flags: Flags, api: HubApi | undefined): CallOptions {
  const given = [...(flags.say ?? []), ...(flags.wav ?? []), ...(flags.dtmf ?? []), ...(flags.wait ?? [])];
  const steps = given.sort((a, b) => a.place - b.place).map(({ step }) => step);
  return {
    to: flags.to,
    from: flags.from,
    steps: steps.length > 0 ? steps : DEFAULT_STEPS,
    out: flags.record ? (flags.out ?? defaultRecording(systemClock.date())) : undefined,
    timeoutMs: flags.timeout * 1000,
    firstResponseMs: 5000,
    promptEndMs: flags.promptEnd,
    replyTimeoutMs: flags.replyTimeout,
    bargeInMs: flags.bargeIn,
    api,
    language: flags.language,
    voice: flags.voice,
  };
}

/** `recordings/call-20260131-120000-123.wav`, UTC. */
export function defaultRecording(date: Date): string {
  const [day = '', time = ''] = date.toISOString().replace(/[-:Z]/g, '').split('T');
  return `recordings/call-${day}-${time.replace('.', '-')}.wav`;
}

/** The lines that follow a call. */
export function summary(outcome: CallOutcome): string[] {
  const lines: string[] = [];
  const table = turnTable(outcome.turns, outcome.hubTurns);
  if (table !== '') lines.push('', table, '');
  if (outcome.recording !== undefined) lines.push(`recording: ${outcome.recording} (left caller, right hub)`);
  if (outcome.packetsReceived > 0) {
    lines.push(`RTP received ${outcome.packetsReceived} packets, lost ${outcome.packetsLost}`);
  }
  const length = (outcome.durationMs / 1000).toFixed(1);
  if (outcome.ok) lines.push(`call ok: ${length} s, ${outcome.text}`);
  else
    lines.push(
      `call failed${outcome.sipStatus && outcome.sipStatus >= 300 ? ` with ${outcome.sipStatus}` : ''}: ${outcome.text}`,
    );
  if (outcome.advice !== undefined) lines.push(outcome.advice);
  return lines;
}

/** Turns an own error into one that commander reports as wrong usage. */
function usable<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}

function sipUri(value: string): string {
  if (!/^sips?:(?:[^\s@<>]+@)?(?:\[[0-9a-fA-F:.]+\]|[^\s@<>:;?[\]]+)(?::\d{1,5})?(?:;[^\s<>]*)?$/i.test(value)) {
    throw new InvalidArgumentError('expected a SIP URI such as sip:demo@127.0.0.1:5060');
  }
  return value;
}

function httpUrl(value: string): string {
  if (!URL.canParse(value) || !/^https?:/.test(value)) {
    throw new InvalidArgumentError('expected an address such as http://127.0.0.1:8080');
  }
  return value;
}

function milliseconds(value: string): number {
  return wholeNumber(value, 0, 600_000, 'milliseconds');
}

function seconds(value: string): number {
  return wholeNumber(value, 1, 3600, 'seconds');
}

function wholeNumber(value: string, low: number, high: number, unit: string): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isInteger(number) || number < low || number > high) {
    throw new InvalidArgumentError(`expected whole ${unit} from ${low} to ${high}`);
  }
  return number;
}
