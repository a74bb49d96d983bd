import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hearingCx, hearingEs } from './agent-audio-peers.ts';
import { botFramework, dialogflowCx, dialogflowEs, llm } from './bot-peers.ts';
import { type Column, type Elsewhere, FAULTS } from './matrix.ts';
import { deepgram, openAi } from './speech-peers.ts';
import { acBotApi } from './voice-peer.ts';

const inGoogle = (name: string): Elsewhere => ({ file: 'connectors/speech/google/faults.test.ts', test: name });

/** Google's conversations need time as it is, for its tokens and its connection's own keep-alive. */
const google: Column<never> = {
  'handshake refused': inGoogle('credentials refused at the first opening: the other service speaks'),
  'token expired mid-call': inGoogle('a token that expires in a call costs nothing'),
  'socket frozen': inGoogle("'socket frozen'"),
  'socket closed mid-word': inGoogle("'socket closed in the middle of a word'"),
  429: inGoogle("'quota used up'"),
  'malformed message': inGoogle("'a message that is none'"),
  'slow first byte': inGoogle("'slow first byte'"),
  'wrong audio length': inGoogle("'audio of a wrong length'"),
};

/** Every connector that streams, and every fault: here, elsewhere, or why not. */
const MATRIX = {
  google,
  deepgram: deepgram.cells,
  'openai-compatible': openAi.cells,
  'bot-framework': botFramework.cells,
  'dialogflow-cx': dialogflowCx.cells,
  'dialogflow-es': dialogflowEs.cells,
  'dialogflow-cx, which gets the audio': hearingCx.cells,
  'dialogflow-es, which gets the audio': hearingEs.cells,
  llm: llm.cells,
  'ac-bot-api over WebSocket': acBotApi.cells,
} as const;

test.each(Object.entries(MATRIX))('%s: no fault is left out', (_, column) => {
  expect(Object.keys(column).toSorted()).toEqual([...FAULTS].toSorted());
  for (const cell of Object.values<object>(column)) {
    if ('pointless' in cell) expect(cell.pointless).not.toBe('');
    if ('file' in cell && 'test' in cell) expect(readFileSync(String(cell.file), 'utf8')).toContain(cell.test);
  }
});
