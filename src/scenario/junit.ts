import type { ScenarioResult } from './run.ts';

/** The results as JUnit XML, as CI servers read it: one test suite, one test case for each scenario. */
export function junitXml(results: readonly ScenarioResult[], options: { durationMs: number; date: Date }): string {
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  const suite = attributes({
    name: 'patchbay scenarios',
    tests: results.length,
    failures: failed,
    errors: 0,
    skipped: 0,
    time: seconds(options.durationMs),
    timestamp: options.date.toISOString().slice(0, 19),
  });
  const cases = results.map(({ scenario, failures, durationMs }) => {
    const head = attributes({
      classname: 'scenario',
      name: scenario.name,
      file: scenario.file,
      time: seconds(durationMs),
    });
    if (failures.length === 0) return `    <testcase ${head}/>`;
    const failure = `      <failure ${attributes({ message: failures[0] ?? '', type: 'expectation' })}>${escaped(failures.join('\n'))}</failure>`;
    return [`    <testcase ${head}>`, failure, '    </testcase>'].join('\n');
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite ${suite}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(String(value))}"`)
    .join(' ');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** XML 1.0 2.2 has no place for most control characters, not even as references. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
