import { expect, test } from 'vitest';
import { withoutPunctuation } from './punctuation.ts';

test.each([
  ['Hello, world. How are you?', 'Hello world How are you'],
  ["I don't know; it's 10:30 - or 3.14!", "I don't know it's 10:30 or 3.14"],
  ['Write to ann.lee@mail.example, please.', 'Write to ann.lee@mail.example please'],
  ['¿Qué tal? ¡Bien!', 'Qué tal Bien'],
  ['Der „Ein-Zimmer"-Tarif …', 'Der Ein-Zimmer Tarif'],
  ['你好，世界。', '你好 世界'],
  ["the dogs' owner 'said' so", 'the dogs owner said so'],
  ['...', ''],
  ['', ''],
])('%j is %j', (text, expected) => {
  expect(withoutPunctuation(text)).toBe(expected);
});
