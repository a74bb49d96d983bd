import { expect, it } from 'vitest';
import { readProfile } from './inspect.ts';

/** As FreeSWITCH 1.10.12 prints it. */
const STATUS = [
  '=================================================================================================',
  'Name             \tdrachtio_mrf',
  'Domain Name      \tN/A',
  'DBName           \tsofia_reg_drachtio_mrf',
  'Pres Hosts       \t',
  'Dialplan         \tXML',
  'RTP-IP           \t10.0.0.7',
  'Ext-RTP-IP       \t203.0.113.5',
  'SIP-IP           \t10.0.0.7',
  'URL              \tsip:mod_sofia@10.0.0.7:5080',
  'CODECS IN        \tPCMU,PCMA@20i,G722,OPUS',
  'CODECS OUT       \tPCMU',
  'CALLS-IN         \t3',
].join('\n');

it('reads what a sofia profile tells of itself', () => {
  expect(readProfile(STATUS)).toEqual({
    rtpAddress: '10.0.0.7',
    advertisedRtpAddress: '203.0.113.5',
    sipAddress: '10.0.0.7',
    missingCodecs: [],
  });
  expect(readProfile(STATUS.replace(',PCMA@20i', '').replace(/Ext-RTP-IP.*\n/, ''))).toMatchObject({
    advertisedRtpAddress: '10.0.0.7',
    missingCodecs: ['PCMA'],
  });
  expect(readProfile('Invalid Profile!')).toBeUndefined();
});
