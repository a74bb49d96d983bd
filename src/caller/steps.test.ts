import { expect, test } from 'vitest';
import { describeStep, dtmfStep, sayStep, waitStep, wavStep } from './steps.ts';

test('steps keep what they were given, trimmed and in the keypad’s spelling', () => {
  expect(sayStep('  hello there ')).toEqual({ kind: 'say', text: 'hello there' });
  expect(dtmfStep('12#*d')).toEqual({ kind: 'dtmf', digits: '12#*D' });
  expect(waitStep('1500')).toEqual({ kind: 'wait', ms: 1500 });
  expect(wavStep('a.wav')).toEqual({ kind: 'wav', file: 'a.wav' });
});

test.each([
  ['empty text', () => sayStep('   '), /--say needs some text/],
  ['a text without end', () => sayStep('a'.repeat(2001)), /at most 2000/],
  ['a key that no keypad has', () => dtmfStep('12x'), /not "12x"/],
  ['no keys', () => dtmfStep(''), /--dtmf takes the keys/],
  ['a negative wait', () => waitStep('-1'), /--wait takes milliseconds/],
  ['a wait in words', () => waitStep('1s'), /not "1s"/],
  ['an endless wait', () => waitStep('600001'), /0 to 600000/],
  ['a file without a name', () => wavStep(''), /--wav needs a file/],
])('%s is refused with a sentence that says what is expected', (_name, make, message) => {
  expect(make).toThrow(message);
});

test('each step can be told in a few words', () => {
  expect([sayStep('hi'), wavStep('a.wav'), dtmfStep('1'), waitStep('20')].map(describeStep)).toEqual([
    '"hi"',
    'plays a.wav',
    'presses 1',
    'waits 20 ms',
  ]);
});
