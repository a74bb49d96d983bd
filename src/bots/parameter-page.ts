import type { ParameterSpec } from './parameter-spec.ts';
import { BOT_EVENTS, PARAMETER_TABLE, SENT_BOT_EVENTS } from './parameter-table.ts';

const SCOPES: readonly [ParameterSpec<unknown>['scope'], string][] = [
  ['activity', 'hub.yaml, `sessionParams`, `activityParams`'],
  ['session', 'hub.yaml, `sessionParams`'],
  ['bot', 'hub.yaml only'],
];

/** The reference page of all bot parameters, in Markdown, from the table that also validates them. */
export function parameterPage(): string {
  const rows = Object.entries(PARAMETER_TABLE).map(([name, spec]) => ({ name, spec: spec as ParameterSpec<unknown> }));
  const dependsOn = (place: ParameterSpec<unknown>['honouredBy']) =>
    rows.flatMap(({ name, spec }) => (spec.honouredBy === place ? `\`${name}\`` : [])).join(', ');
  return [
    ...INTRODUCTION,
    '## Parameters',
    '',
    '| Name | Type | Default | Unit | Set in | Meaning |',
    '|---|---|---|---|---|---|',
    ...rows.map(({ name, spec }) => row(name, spec)),
    '',
    '## Events that a bot can ask for',
    '',
    'Values of `sendEventsToBot`:',
    '',
    ...BOT_EVENTS.filter((event) => SENT_BOT_EVENTS.has(event)).map((event) => `- \`${event}\``),
    '',
    'Others that the Bot API names are known and refused:',
    '',
    ...BOT_EVENTS.filter((event) => !SENT_BOT_EVENTS.has(event)).map((event) => `- \`${event}\``),
    '',
    '## What depends on the speech service or the connector',
    '',
    '[speech.md](speech.md) says which service honours which of these. With another one they have no effect, and the hub says so once: at start for hub.yaml, once per call for what a bot sends. Of several services in fallback order, what is said in the terms of one vendor (a voice, a model, its options) is for the first.',
    '',
    `- Recognition: ${dependsOn('stt')}`,
    `- Speech: ${dependsOn('tts')}`,
    `- The bot's connector: ${dependsOn('bot')}`,
    '',
    'What has no parameter of its own is set in `sttOverrideConfig`: a profanity filter is `{ profanityFilter: true }` with v1 of Google, `{ features: { profanityFilter: true } }` with v2, `{ profanity_filter: true }` with Deepgram; several languages to choose from are `{ languageCodes: [en-GB, cy-GB] }` with v2 of Google, `{ language: multi }` with Deepgram.',
    '',
    'The hub warns in the same way of what a recogniser is not made for: `endpointingProfile` and its kin, `bargeInMinVoicedMS`, and `bargeInMinWordCount: 0` where the vendor decides that the caller has finished, and `bargeInMinWordCount` and `bargeInIgnorePhrases` where there are no interim results; and with what the hub would say where it has no speech synthesis.',
    '',
    '## Agent assist',
    '',
    'Calls of an agent and a customer that a bot listens to (agent assist, voice translation) come to a bot through SIPREC, which this version does not take in: every conversation has one party, the caller. So `participants`, `agentConnected` and the `participant` of an activity are never sent, and `targetParticipant` of a bot has no effect, with a warning. The fields `participant` and `participantId` in messages of a bot are taken, and mean the caller.',
    '',
  ].join('\n');
}

const INTRODUCTION = [
  '# Bot parameters',
  '',
  'This page is written by `node scripts/write-bot-parameters.ts` from `src/bots/parameter-table.ts`.',
  '',
  "A parameter is set under `parameters` of a bot in hub.yaml, or by the bot: in `sessionParams` of any activity, for the rest of the call, or in `activityParams`, from that message until the next one is played. The bot's activity comes before its session, the session before hub.yaml, hub.yaml before the default. Bots may write names in any case, and numbers and booleans as text.",
  '',
  'A parameter in hub.yaml that is unknown, of the wrong type, in contradiction to another, or about what the bot does itself (`directSTT`) keeps the hub from starting; one that the speech services of the bot or its connector take no notice of is warned about at start. From a bot it is left out, the rest of the activity is carried out, and the log says so once per call.',
  '',
  'A bot with `base: <id of another bot>` beside its `parameters` has the parameters of that bot as far as it has none of its own, and that bot may have a base as well. Of `botEventsWhitelist` and `botEventsBlacklist`, and of the two for parameters, a bot that has one does not inherit the other. The rest of the base (address, credentials, speech services) is not inherited.',
  '',
  'The lists say which events and parameters are taken from the bot; what they block is dropped with one warning per call, and the rest of the activity is carried out: of a blocked event that is its `sessionParams`. They hold for `sessionParams`, `activityParams` and play streams, not for messages, and not for what hub.yaml sets. Names are compared without regard to case, `handover` is `transfer`, and a name that nobody knows is refused at start.',
  '',
  '## How audio from URLs is played',
  '',
  '- `http:`, `https:` and `data:` URLs are played as they arrive, at most 16 MB of them. Three redirects are followed. Certificates are verified.',
  '- URLs lead to the public internet only. Hosts in private networks, on loopback or link-local addresses are refused unless `botUrls.allowHosts` in hub.yaml names them (host names, addresses, blocks), or `notifications.allowPrivateNetworks` is true.',
  '- Audio that cannot be played is skipped: the log and the transcript say why, `playFinished` carries `error`, and the conversation goes on with what comes next. Nothing is spoken in its place.',
  '',
  "## How a bot's own audio is played",
  '',
  '- A play stream is a prompt like any other: it waits for its turn, can be interrupted, and its `activityParams` hold until the next one. `altText` is what the transcript says; without it the transcript says `[audio]`.',
  '- Chunks may come faster than real time: two minutes of audio wait at most, the rest is dropped with a warning.',
  '- `playStream.stop` lets the rest be played out. A stream that gives no audio for 30 s counts as stopped; one that begins before the last was stopped stops it. What follows an interruption on the same stream is dropped.',
  '- A mark is reported when the audio before it has gone out, and not when an interruption came first.',
  '',
  '## How a bot hears by itself',
  '',
  '- The audio is sent while the caller is to be heard: in his turn, and during prompts where `bargeIn` is true.',
  '- Its speech events drive interruptions, silence timers and the transcript as those of a recogniser do. Texts are not sent back to it. `recognition` or `committed` hands it the turn.',
  "- When it has taken the `start` event and greets nobody, the turn is the caller's: its audio flows from the answer on.",
  '- Where it has asked for `playFinished`, that also tells of an interruption: `parameters.interruptedPrompt` then says what was heard, as it does with the input that other bots get.',
  "- A prompt pauses at `started`, and is dropped at the first hypothesis or text of `bargeInMinWordCount` words, at `committed`, or when the caller still speaks after `bargeInDecisionTimeoutMS`. A text that comes without a `started` or `hypothesis` while the bot's answer plays is late, and interrupts nothing, unless the bot never sends these.",
  '',
  '## Activities with decisions of ours',
  '',
  '- `startRecognition` and `stopRecognition` hold until the other one comes. While recognition is forced on, what is said during a prompt is sent to the bot even where it does not interrupt; while it is off, the silence timers of the caller rest.',
  '- `sendMetaData` takes the metadata from `value`, from `activityParams`, or from both together. The POST follows no redirect; whether it succeeded is in the log only.',
  '- Metadata of the caller\'s side comes as `{ type: "event", name: "metaData", value, parameters: { contentType } }`, from a SIP INFO whose media type is in `metaDataContentTypes`: `value` is what the JSON says, or the text of other types. It is no input: silence timers and the turn stay as they are. INFO is answered with 200; 415 and `Accept` for other types, 469 for an Info-Package (RFC 6086), 400 for JSON that is none, 413 beyond 100,000 characters. None of these ends the call.',
  '- `transfer` (or `handover`) waits for the prompts before it; speaking or a key does not cancel it. One transfer at a time: another one that is asked for meanwhile is ignored. While it is under way the caller is not heard and his keys are not sent; messages wait until it has failed, and so does `hangup`. A transfer that cannot even be tried (no target, no routing rule, not allowed) is told by `transferStatus` whatever `transferNotifications` says, and the bot keeps the caller. See [transfers](transfers.md).',
  '- `transferStatus` carries `value: { status, reasonCode, reason, sipStatus }`: `status` is `failed`, `answered` (the last event before the end, or with `transferReturnToBot` at once) or `ended`; `reasonCode` of a failure is `no-answer`, `busy`, `declined` or `error`.',
  '- `playFinished` carries `value: { id }`, the id of the activity or stream; `speechHypothesis` carries `value: { text }`; `conversationEnd` carries `value: { reasonCode, reason }` and precedes the end of the session.',
  '',
];

function row(name: string, spec: ParameterSpec<unknown>): string {
  const scope = SCOPES.find(([known]) => known === spec.scope)?.[1] ?? '';
  const cells = [`\`${name}\``, spec.type, defaultOf(spec), spec.unit ?? '', scope, spec.doc];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function defaultOf(spec: ParameterSpec<unknown>): string {
  return spec.default === undefined ? '' : `\`${JSON.stringify(spec.default)}\``;
}
