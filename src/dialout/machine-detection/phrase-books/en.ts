import type { PhraseBook } from '../phrases.ts';

/**
 * The screening phrases are those of Google ("is using a screening service", "I'm Call Assist by Google") and Apple
 * ("record your name and reason for calling") as quoted by press and by Aircall's page on call screening.
 */
export const EN: PhraseBook = {
  voicemail: `
    leave ... message
    leave ... voicemail
    leave ... name
    leave ... number
    leave ... details
    record ... message
    your message
    message please
    after the tone/beep
    at the tone/beep
    the sound of the
    voicemail
    voice mail/mailbox
    voice message
    voice messaging
    mailbox
    messaging service/system
    message bank/service
    answering machine/service
    answerphone
    forwarded to
    not available
    unavailable
    unable to take/answer/come/get
    can't/cannot/couldn't ... take/answer/get/come/pick
    can't/cannot talk
    not able to take/answer/come
    missed your call
    missed you
    you know what to do
    get back to you
    call/ring you back
    call you right back
    give you a call/ring
    return your call
    return calls
    is/are ... closed
    offices/office is/are closed/open/currently/now/not
    office/opening/business hours
    out of the office
    away from my/the/our
    nobody/noone is
    no one is
    not at home
    isn't/aren't/not home
    not in right
    on holiday/vacation
    try again later
    call again later
    call back later
    send ... text
    text me
    if this is an emergency
    in case of emergency
    beep
  `,
  unreachable: `
    not in service
    no longer in service
    been disconnected
    check the number
    cannot/can't be completed/reached/connected
    not reachable
    switched off
    number you have dialed/dialled/called
    number you dialed/dialled
    not been recognised/recognized
    out of coverage/range
    network ... busy
  `,
  menu: `
    press one/two/three/four/five/six/seven/eight/nine/zero/1/2/3/4/5/6/7/8/9/0
    press the
    press any
    press hash/pound/star
    dial ... extension
    enter ... extension/number/code/pin
    know ... extension
    extension number
    listen carefully
    menu/following options
    options have changed
    main menu
    calls are recorded/monitored/answered
    call/calls may/will/might/could be recorded/monitored
    for training
    for quality
    for english
    for sales/support/billing/reservations/service/accounts/appointments/bookings
    for account/technical/customer/general/new/existing/all
    to speak to/with
    to make/report/book/pay/check/cancel
    please select/choose
    our agents/operators/lines/representatives
    next available
    in a few words
    your call is important/very/being/valuable/in
    your call will be answered/recorded/taken/transferred
    medical emergency
    tell us/me in
  `,
  screening: `
    screening service
    screening this call
    screened by
    being screened
    screen your call
    call assist
    call screening
    your name and
    name and reason
    who is/are calling and why
    why you're/you calling
    why you are calling
    what you're calling
    what you are calling
    reason for calling
    try to connect
    this person is available
    say/state/give/record/tell ... name
    who you are
    google
    siri
    assistant
    put through
    screener
    automated/digital/virtual ... assistant/secretary/receptionist
    secretary
    automatic call
    of/on the person you
    tell me who
    may i have your name
    who may i say
    please identify
  `,
  human: `
    how can/may/could i/we
    what can i/we do
    can/may/could i/we help
    who's/who is calling/speaking
    who is this
    who's this
    who's there
    who am i
    what do you want
    may i ask
    this is he/she
    hello hello
    hello yes
    can you hear me
    is anybody/anyone there
    would you like
    one moment
    hang on
  `,
  agent: `
    my name is
    my name's
    speaking with/to
    speaking how
    speaking
    at your service
    talking to/with
    here to help
    on the line
  `,
  reached: `
    you've/you reached
    you have reached/called
    you've called/got
    you got
    customer/person/party/subscriber ... calling/called/trying
    subscriber
    thanks for your call
    thank you for your call
    we are sorry
    we're sorry
    i'm sorry
    sorry
    not here
    if you
  `,
  company: `
    welcome to
    thank you for calling/phoning
    thanks for calling/phoning
    good morning/afternoon/evening
    front desk
    reception
    customer service/care
    department
    team
    office of
    help desk
    information desk
  `,
};
