import { expect, test } from 'vitest';
import { junitXml } from './junit.ts';
import { parseScenario } from './load.ts';

const scenario = (name: string) =>
  parseScenario('title: x\nbot: { rules: [{ on: start }] }\n', `test/${name}.yaml`, {});

test('one test case for each scenario, failures in full, nothing that breaks the XML', () => {
  const xml = junitXml(
    [
      { scenario: scenario('good'), failures: [], seen: undefined, durationMs: 1234 },
      {
        scenario: scenario('a<b&"c"'),
        failures: ['found "<x>" & \u0007 more', 'second'],
        seen: undefined,
        durationMs: 10,
      },
    ],
    { durationMs: 2000, date: new Date('2026-01-31T12:00:00Z') },
  );
  expect(xml).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="patchbay scenarios" tests="2" failures="1" errors="0" skipped="0" time="2.000" timestamp="2026-01-31T12:00:00">
    <testcase classname="scenario" name="good" file="test/good.yaml" time="1.234"/>
    <testcase classname="scenario" name="a&lt;b&amp;&quot;c&quot;" file="test/a&lt;b&amp;&quot;c&quot;.yaml" time="0.010">
      <failure message="found &quot;&lt;x&gt;&quot; &amp; \uFFFD more" type="expectation">found &quot;&lt;x&gt;&quot; &amp; \uFFFD more
second</failure>
    </testcase>
  </testsuite>
</testsuites>
`);
});
