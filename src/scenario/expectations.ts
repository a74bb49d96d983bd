import { assertNever } from '../errors.ts';
import { audioProblem } from './expect-audio.ts';
import { describeMatch, describeRange, inRange, matchesText, matchesValue } from './match.ts';
import type { Observation } from './observation.ts';
import { type BotMatch, EXPECTATION_KINDS, type Expectation } from './schema.ts';
import { sameName } from './scripted-bot.ts';
import { anchorMs, beyondObservation, type Moment, timingProblem } from './timing.ts';

/** Which expectation, of which step; undefined: of the whole call. */
export interface PlacedExpectation {
  expectation: Expectation;
  stepIndex: number | undefined;
}

/** Why an expectation does not hold, as a sentence; undefined: it holds. */
export function problemWith({ expectation, stepIndex }: PlacedExpectation, seen: Observation): string | undefined {
  const kind = EXPECTATION_KINDS.find((candidate) => expectation[candidate] !== undefined);
  if (kind === undefined) return 'nothing is expected';
  if (stepIndex !== undefined && !seen.steps.has(stepIndex)) return 'its step was never reached';
  switch (kind) {
    case 'bot': {
      const wanted = expectation.bot as BotMatch;
      return momentsProblem(describeBotMatch(wanted), botMoments(wanted, seen), expectation, stepIndex, seen);
    }
    case 'botOrder':
      return orderProblem(expectation.botOrder ?? [], seen);
    case 'botEnd':
      return botEndProblem(expectation.botEnd ?? {}, seen);
    case 'spoken':
      return spokenProblem(expectation, stepIndex, seen);
    case 'understood':
      return understoodProblem(expectation, stepIndex, seen);
    case 'heard':
      return audioProblem(expectation, stepIndex, seen);
    case 'info':
      return infoProblem(expectation, stepIndex, seen);
    case 'keys':
      return keysProblem(expectation, stepIndex, seen);
    case 'call':
      return callProblem(expectation.call ?? {}, seen);
    case 'agent':
      return agentProblem(expectation, stepIndex, seen);
    case 'record':
      return recordProblem(expectation.record ?? {}, seen);
    default:
      return assertNever(kind);
  }
}

function momentsProblem(
  what: string,
  moments: readonly Moment[],
  expectation: Expectation,
  stepIndex: number | undefined,
  seen: Observation,
): string | undefined {
  const anchor = anchorMs(expectation, stepIndex, seen);
  if (typeof anchor === 'string') return anchor;
  return beyondObservation(expectation, anchor, seen) ?? timingProblem(what, moments, expectation, anchor);
}

// ---- the bot ----

function botMoments(wanted: BotMatch, seen: Observation): Moment[] {
  return seen.received
    .filter(({ activity }) => isWanted(wanted, activity))
    .map(({ at, activity }) => ({ atMs: at - seen.zeroAt, text: describeActivity(activity) }));
}

function isWanted(wanted: BotMatch, activity: Readonly<Record<string, unknown>>): boolean {
  const { type, name, text, value, parameters } = activity;
  if (wanted.value !== undefined && !matchesValue(wanted.value, value)) return false;
  if (wanted.parameters !== undefined && !matchesValue(wanted.parameters, parameters ?? {})) return false;
  if (wanted.any) return true;
  if (wanted.event !== undefined) return type === 'event' && sameName(name, wanted.event);
  return type === 'message' && typeof text === 'string' && matchesText(wanted.message ?? '', text);
}

function orderProblem(wanted: readonly BotMatch[], seen: Observation): string | undefined {
  let next = 0;
  for (const { activity } of seen.received) {
    const match = wanted[next];
    if (match !== undefined && isWanted(match, activity)) next++;
  }
  const missing = wanted[next];
  if (missing === undefined) return undefined;
  const all = seen.received.map(({ activity }) => describeActivity(activity)).join(', ');
  return `the bot should have got ${describeBotMatch(missing)} as number ${next + 1} in order, but got: ${all}`;
}

function botEndProblem(wanted: NonNullable<Expectation['botEnd']>, seen: Observation): string | undefined {
  const [end, second] = seen.botEnds;
  if (end === undefined) return 'the bot was never told that the conversation is over';
  if (second !== undefined) return `the bot was told ${seen.botEnds.length} times that the conversation is over`;
  if (wanted.reasonCode !== undefined && wanted.reasonCode !== end.reasonCode) {
    return `the bot was told the end reason ${end.reasonCode}, not ${wanted.reasonCode}`;
  }
  if (wanted.reason !== undefined && !matchesText(wanted.reason, end.reason)) {
    return `the bot was told "${end.reason}" as the reason, not ${describeMatch(wanted.reason)}`;
  }
  return undefined;
}

function describeBotMatch({ message, event, value, parameters }: BotMatch): string {
  const what =
    message === undefined
      ? event === undefined
        ? 'anything'
        : `the event ${event}`
      : `the message ${describeMatch(message)}`;
  const details = [
    ...(value === undefined ? [] : [`value ${JSON.stringify(value)}`]),
    ...(parameters === undefined ? [] : [`parameters ${JSON.stringify(parameters)}`]),
  ];
  return details.length === 0 ? `${what} at the bot` : `${what} (${details.join(', ')}) at the bot`;
}

export function describeActivity({ type, name, text, value, parameters }: Readonly<Record<string, unknown>>): string {
  if (type === 'message') return `message "${String(text)}"`;
  const extra = [
    ...(value === undefined ? [] : [JSON.stringify(value)]),
    ...(parameters === undefined ? [] : [JSON.stringify(parameters)]),
  ];
  return `event ${[String(name), ...extra].join(' ')}`;
}

// ---- the transcript ----

function spokenProblem(expectation: Expectation, stepIndex: number | undefined, seen: Observation): string | undefined {
  const wanted = expectation.spoken;
  if (wanted === undefined) return undefined;
  const said = (seen.record?.transcript ?? []).filter(({ speaker, kind }) => speaker !== 'caller' && kind === 'speech');
  const moments = said
    .filter(
      (entry) =>
        matchesText(wanted.text, entry.text) &&
        (wanted.by === undefined || wanted.by === entry.speaker) &&
        (wanted.interrupted === undefined || wanted.interrupted === (entry.interrupted === true)) &&
        (wanted.played_ms === undefined || inRange(wanted.played_ms, entry.playedMs ?? Number.NaN)),
    )
    .map(({ atMs, text }) => ({ atMs, text }));
  const details = [
    ...(wanted.by === undefined ? [] : [`by the ${wanted.by}`]),
    ...(wanted.interrupted === undefined ? [] : [wanted.interrupted ? 'interrupted' : 'not interrupted']),
    ...(wanted.played_ms === undefined ? [] : [`played ${describeRange(wanted.played_ms)} ms`]),
  ];
  const what = [`the prompt ${describeMatch(wanted.text)}`, ...details].join(', ');
  const problem = momentsProblem(what, moments, expectation, stepIndex, seen);
  if (problem === undefined || expectation.absent) return problem;
  const all = said.map(
    ({ text, speaker, interrupted, playedMs }) =>
      `"${text}" by the ${speaker}${interrupted ? ` (interrupted after ${playedMs} ms)` : ''}`,
  );
  return `${problem}; spoken were: ${all.join(', ') || 'none'}`;
}

function understoodProblem(
  expectation: Expectation,
  stepIndex: number | undefined,
  seen: Observation,
): string | undefined {
  const wanted = expectation.understood;
  if (wanted === undefined) return undefined;
  const all = (seen.record?.transcript ?? []).filter(({ speaker, kind }) => speaker === 'caller' && kind === 'speech');
  const moments = all.filter(({ text }) => matchesText(wanted, text)).map(({ atMs, text }) => ({ atMs, text }));
  const problem = momentsProblem(`understood ${describeMatch(wanted)}`, moments, expectation, stepIndex, seen);
  return problem && `${problem}; understood were: ${all.map(({ text }) => `"${text}"`).join(', ') || 'none'}`;
}

// ---- signalling ----

function infoProblem(expectation: Expectation, stepIndex: number | undefined, seen: Observation): string | undefined {
  const { body, contentType } = expectation.info ?? {};
  const moments = seen.infos
    .filter((info) => matchesValue(body, info.value) && (contentType ?? info.contentType) === info.contentType)
    .map(({ atMs, value }) => ({ atMs, text: JSON.stringify(value) }));
  const problem = momentsProblem(`an INFO with ${JSON.stringify(body)}`, moments, expectation, stepIndex, seen);
  return (
    problem && `${problem}; received were: ${seen.infos.map(({ value }) => JSON.stringify(value)).join(', ') || 'none'}`
  );
}

function keysProblem(expectation: Expectation, stepIndex: number | undefined, seen: Observation): string | undefined {
  const pressed = seen.keys.map(({ digit }) => digit).join('');
  const wanted = expectation.keys ?? '';
  const at = pressed.indexOf(wanted);
  const moments = at < 0 ? [] : [{ atMs: seen.keys[at + wanted.length - 1]?.atMs ?? 0, text: wanted }];
  const problem = momentsProblem(`the keys ${wanted} of the hub`, moments, expectation, stepIndex, seen);
  return problem && `${problem}; pressed were: ${pressed || 'none'}`;
}

function callProblem(wanted: NonNullable<Expectation['call']>, seen: Observation): string | undefined {
  if (wanted.status !== undefined && wanted.status !== seen.status) {
    return `the INVITE was answered with ${seen.status ?? 'nothing'}, not with ${wanted.status}`;
  }
  if (wanted.provisional !== undefined && !seen.provisional.some(({ status }) => status === wanted.provisional)) {
    return `no ${wanted.provisional} came: ${seen.provisional.map(({ status }) => status).join(', ') || 'nothing'}`;
  }
  if (wanted.endedBy !== undefined && wanted.endedBy !== seen.endedBy) {
    return `the call was ended by ${seen.endedBy ?? 'nobody'}, not by the ${wanted.endedBy}`;
  }
  if (wanted.reason !== undefined && !matchesText(wanted.reason, seen.reason ?? '')) {
    return `the BYE's reason is ${seen.reason ?? 'missing'}, not ${describeMatch(wanted.reason)}`;
  }
  if (wanted.answered_after_ms !== undefined) {
    if (!seen.answered) return 'the call was not answered';
    if (!inRange(wanted.answered_after_ms, -seen.inviteMs)) {
      return `answered after ${Math.round(-seen.inviteMs)} ms, not ${describeRange(wanted.answered_after_ms)}`;
    }
  }
  if (wanted.lasts_ms !== undefined && !inRange(wanted.lasts_ms, seen.endMs)) {
    return `the call lasted ${Math.round(seen.endMs)} ms, not ${describeRange(wanted.lasts_ms)}`;
  }
  return undefined;
}

function agentProblem(expectation: Expectation, stepIndex: number | undefined, seen: Observation): string | undefined {
  const { uri, headers = {} } = expectation.agent ?? {};
  const moments = seen.agentInvites
    .filter(
      (invite) =>
        (uri === undefined || matchesText(uri, invite.uri)) &&
        Object.entries(headers).every(([name, wanted]) =>
          (invite.headers.get(name.toLowerCase()) ?? []).some((value) => matchesText(wanted, value)),
        ),
    )
    .map((invite) => ({ atMs: invite.at - seen.zeroAt, text: invite.uri }));
  const problem = momentsProblem('such a call at the agent', moments, expectation, stepIndex, seen);
  const all = seen.agentInvites.map((invite) =>
    [
      invite.uri,
      ...Object.keys(headers).map((name) => `${name}: ${invite.headers.get(name.toLowerCase()) ?? 'none'}`),
    ].join(', '),
  );
  return problem && `${problem}; called were: ${all.join('; ') || 'nobody'}`;
}

function recordProblem(wanted: NonNullable<Expectation['record']>, seen: Observation): string | undefined {
  const { record } = seen;
  if (record === undefined) return 'the hub has no record of the call';
  const { end } = record;
  if (wanted.end !== undefined) {
    if (end === undefined) return 'the record has no end';
    const { category, by, text } = wanted.end;
    const is = `the record's end is ${end.category} by ${end.by} ("${end.text}")`;
    if (category !== undefined && category !== end.category) return `${is}, not ${category}`;
    if (by !== undefined && by !== end.by) return `${is}, not by ${by}`;
    if (text !== undefined && !matchesText(text, end.text)) return `${is}, not ${describeMatch(text)}`;
  }
  for (const key of ['calling', 'called'] as const) {
    if (wanted[key] !== undefined && !matchesValue(wanted[key], record[key])) {
      return `the record's ${key} is ${JSON.stringify(record[key])}`;
    }
  }
  if (wanted.duration_ms !== undefined && !inRange(wanted.duration_ms, record.durationMs)) {
    return `the record's duration is ${record.durationMs} ms, not ${describeRange(wanted.duration_ms)}`;
  }
  return undefined;
}
