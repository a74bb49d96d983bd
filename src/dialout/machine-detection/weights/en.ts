import type { WeightTable } from '../weights.ts';

/** Made by `node test/amd/fit.ts`. */
export const EN: WeightTable = {
  machine: {
    '2.2': `
      afternoon and
    `,
    '2.1': `
      marcus </s>, valley
    `,
    '1.8': `
      <s> this, is the, marine, we, you know
    `,
    '1.7': `
      reach
    `,
    '1.6': `
      and thanks, is marcus, marcus, read, read the
    `,
    '1.5': `
      reached, you can, you read
    `,
    '1.4': `
      not really, our, so
    `,
    '1.3': `
      know what, me </s>
    `,
    '1.2': `
      calling doctor, message, number, take, the repair
    `,
    '1.1': `
      calling dr, in the, know, that, this is, you're
    `,
    '1.0': `
      after, after the, can't take, eat, mailbox, one, only, outside, probably, welcome, welcome to
    `,
    '0.9': `
      and thank, call may, calls, dave, for ringing, it's, may be, now please, off, repair, ringing, take your, to my,
      transit, up
    `,
    '0.8': `
      <s> hello, answer, area, can't answer, coming, coverage, coverage area, five five, from, get, i'll, i'll call,
      i'm probably, leave, leave your, medical, meet, message </s>, please, the coverage
    `,
    '0.7': `
      <s> hey, <s> welcome, a, aren't, can't get, ha, hello you're, hey, if this, in human, isn't, male, may, nobody,
      pete, practice, reached the, this call, thought, turned, two two
    `,
    '0.6': `
      <s> you, and, arthur, bank, calling the, check, film, fine, for calling, group, have you, hello thanks,
      hey this, hi this, i'm up, is arthur, its, miss you, never, of, office in, one for, or, out, please leave,
      that you, the film, the mailbox, there thanks, we'll, you'll, you've reached, your name
    `,
    '0.5': `
      <s> hi, <s> it's, a little, am not, and phil, are, aren't in, away from, been, bye this, called, can reach,
      come to, cost, dr, english, five zero, for all, foretold, hello ha, hello hello, hill, human, i miss, i'm,
      i'm out, if, in a, is mark, listen to, mark, miss, my, new york, next, nobody is, phil, reach the, roof,
      the office, this number, van, veterinary, we can't, will, york, you are, your calling, zero
    `,
    '0.4': `
      <s> seven, <s> your, about a, airlines, am driving, and i, and my, annual, another, answer right, are we, busy,
      calling hillside, can take, can't talk, county, daniel, five, good day, has, have called, helen, hi listen,
      hillside, holding your, how are, human resources, i am, i can, i do, i'm away, i'm sorry, insurance if,
      is about, is closed, is karen, karen, kate, leave my, listen, made, ms, not, office of, one nine, probably at,
      resources, riverside, so that, sorry i, sue, summit, text, thanks for, the message, the phone, them, to how,
      to reach, to you, two six, voice, who are, wireless, you'll reach, you're reached
    `,
    '0.3': `
      <s> new, <s> you're, able, able to, am, and to, and will, are calling, at this, at work, back </s>, bishop,
      bishop in, bye, calling can't, calling me, chloe, cleaner, closed for, customer you, day you, doctor, does,
      does not, don't leave, doors, doors </s>, end of, english press, far, few, fields, fields from, from the,
      has been, have been, hello this, hello you, here and, hey it's, hi mommy, hi you're, him, home, horizon, i'm a,
      i'm really, i'm showing, i'm travelling, important, in your, information, is laura, land, laura, laura bishop,
      lead, mark fields, me a, mess, mommy, mommy and, monday through, my mess, name and, no one, not able, now leave,
      numbers, on annual, petersons, phone i'm, phone you, press, really right, roof or, sharp, shop, showing, thanks,
      the, the petersons, there is, there this, they, this time, to answer, to take, travelling, unknown, until the,
      up the, voicemail, water, well, work, written, you for
    `,
    '0.2': `
      <s> bye, <s> sorry, a few, a message, all the, am on, am traveling, and i'll, are not, are trying, as,
      available to, barbara, barbara i'm, be back, been forwarded, bennett, bennett law, brandon, brandon i'm,
      call has, calling to, can be, carter, chris, coastal, collins, continue, continue in, council, council if,
      danny, do, doctor helen, either, emily, emily i'm, emma, end, energy, evergreen, family we, find, florist,
      for english, for the, forwarded, forwarded to, from coastal, from my, get it, get to, green, has not, heating,
      hi there, hi you, hillside florist, hours, if i, if you, in open, is, is barbara, is emily, is important, is in,
      is no, is not, is patrick, jeanne, lane, law our, make, medical group, messaging, messaging service, metro,
      monday, motors, northern, not can, of doctor, open monday, or on, other, our office, out on, parcel, patrick,
      person, phone just, please your, pop, reach has, realty, realty i'm, ross, ross i, sales, set, set up, seven,
      so i, taylor, taylor family, thank, that's, the customer, the end, the other, the roof, the taylor,
      the wireless, time </s>, to an, to continue, to open, to the, tom, total, traveling, travelling until, up </s>,
      up a, water please, we're sorry, what to, what's up, willow, willow lane, you reached
    `,
    '0.1': `
      ', ' </s>, 0, <s> all, <s> g'day, a </s>, a house, a lot, a number, a roof, a voice, a voicemail, accounts i'm,
      again in, again later, again on, all, all circuits, all of, allowed, allowed to, am away, an automated,
      and daddy, and danny, and for, and not, and number, and sue, and your, angela, angela brooks, answer the, are a,
      are busy, are out, are sorry, aren't here, at cooper, automated, be recorded, beep, before i, believe, box of,
      brooks, brooks i, but the, by you, call after, call again, call at, call in, call is, call right, called is,
      caller, calling has, calling three, can call, can come, can get, can't fake, carefully, carefully as, cell,
      circuits, circuits are, coal, coastal realty, come, confidential, confidential voice, cooper, currently,
      cutting, daddy, daddy aren't, day, denise, dialed, diane foster, disconnected, do </s>, dr helen, eight,
      either on, eric, eric i'm, even, evergreen bank, extension, fake your, fernhill, first, for, for quality, form,
      foster, g'day, gary, hand, hang, hang up, has a, have a, have dialed, have reached, helen morris, hello i'm,
      hello sorry, hello the, here, hi i, hi i'm, hi you've, holiday, how to, i come, i put, i'm an, i'm busy, i'm on,
      important to, in account, in accounts, into, is brandon, is currently, is denise, is natalie, is ray,
      it's jenny, it's the, jason, jason reynolds, jenny, johnson, judith, know this, large, later, later </s>, law,
      leave me, letting's, lettings, lettings manager, listen carefully, listening, long, long office, lot, lot of,
      mail, manager, manager at, mary, mask, me your, meeting or, megan sharp, message and, mick, mick and, mike,
      missing, mobile, monitored, month, month with, morning you've, morris, morris the, muir, natalie, natalie ross,
      not allowed, not set, number you, of dr, of judith, of our, of your, office, offices, on another, on holiday,
      on the, one three, open, open again, open the, opened, our staff, own, park, party, patrick muir, person you,
      phone i'll, please hang, please hold, please listen, please try, quality, ray, reached a, reached angela,
      reached diane, reached jason, reached megan, reynolds, reynolds sales, ring you, ringing fernhill, ringing mick,
      rivers, rivers roofing, road, roofing all, roofing we're, sales manager, service the, sharp letting's,
      sharp lettings, shot, showing a, shut, shut for, son, sorry but, staff, staff are, sue aren't, susan,
      susan reed, table, the confidential, the door, the extension, the meet, the mobile, the month, the number,
      the person, the voice, third, three rivers, to get, to have, to metro, to us, toll, tools, try again, trying,
      trying to, us, voice mail, voice may, we can, we're, we're either, we're out, we're shut, where either, will be,
      with, you leave, you reach, you've called, your message, your toll, your total, zero one, zoe
    `,
    '-0.1': `
      <s> below, <s> by, <s> hiya, <s> hullo, <s> is, <s> oh, <s> parts, <s> sales, <s> what's, <s> yep, a second,
      accept, accountants, ahead, ahead </s>, alan, and associates, and reed, and speaking, and you, angel,
      appointment i, are speaking, ashford, asked, associates, automatic, being, blue, bright water, call please,
      called has, calling, can hear, car, city, could, could you, don't want, down </s>, evening the, except, farm,
      fine </s>, for holding, for joining, garage, garden, george, george </s>, go ahead, gone, grant, harbour,
      he's in, hello doctor, hello hi, hello who, here what, hi, hi hello, hi my, high, him </s>, hiya, hiya </s>,
      holding, house, housing, hullo, hullo </s>, i don't, i help, i'm not, if it's, in all, is being, is george,
      is megan, is mrs, joining, just now, just to, kevin, knew, lambert, lame, law </s>, law office, leave a,
      leave the, leaving, leaving </s>, left, let, let me, linda, line energy, little </s>, loop, loop </s>, low,
      man </s>, me turn, megan </s>, men, minutes, minutes </s>, miss </s>, missed you, morning ashford,
      morning thank, morning you're, mrs, my person, new, north, nurse speaking, nursery, of my, off </s>,
      office this, oh hi, okay, old, olivia, one second, or one, out of, out the, out what, paige, parker, parker and,
      part, partly, partners this, parts, person you've, phone </s>, pie, pie </s>, radio, reception, record your,
      recording, right, ring, roofing, royal, salon, second, see, she is, side, sorry hello, surgery, talking to,
      tall, teaching, tell me, ten, text me, the accounts, the information, the loop, the radio, the royal,
      the subscriber, the tone, this </s>, tone, turn the, two, waiting, we are, we don't, we're on, westfield, when,
      where are, who am, who this, won't, would you, yeah </s>, yeah go, yep, yep </s>, yes please, you </s>,
      you called, you have, you'd, you're speaking, you're talking, you're trying
    `,
    '-0.2': `
      <s> blood, <s> front, <s> high, <s> yeah, a digital, about to, afternoon thank, am a, and welcome, appointment,
      are you, at all, auto, bakery, blood, brian, by the, call you, calling about, calling in, can we, can't come,
      clean, corner, corner bakery, delivery </s>, desk this, digital, for mr, front desk, give, go on, god,
      god evening, golden, greenfield, hello is, hello live, hello who's, hello yes, hold, hope, hotel, how can,
      i can't, i was, i'm the, i've, in three, is it, is that, it </s>, it on, just popped, known, leave </s>,
      like to, live, live in, molding, mum, nine, northgate, nursing, oh, omar, on, on </s>, on a, on please,
      or delivery, out can, page, pick up, pizza, please take, plumbing, popped, popped out, residence,
      residence </s>, right </s>, say you, she, she's, sir, some, sorry the, speaking </s>, speaking to,
      speaking with, switch, team at, tell, thank you, though, three, to know, too, tyler, was just, were, what can,
      what you, where, who's calling, would like, yeah, yes the, yes this, your speaking
    `,
    '-0.3': `
      <s> good, <s> or, <s> please, <s> we, <s> we're, alright, alright </s>, and before, and i'm, any, are through,
      away, back, be, box, bring, busy right, call will, callers, calling is, care, claim, connected,
      connected please, day </s>, desk, don't know, driving, evening </s>, frank, hard, here </s>, hey what's,
      hi who's, hold on, i take, in </s>, is frank, just coming, like, low </s>, mill, more, mountain, no, noon,
      not in, now </s>, now and, office at, partners, please </s>, primary, primary school, really, saw, say your,
      school mrs, six, six one, somebody, something, subscriber, subscriber you, team, the low, this phone,
      through the, tight, tight </s>, to call, to do, until, using, view, we've, we've got, would, you, you like,
      you're through, your
    `,
    '-0.4': `
      <s> i'm, <s> yes, assistant, before calling, by, calling joe, calling joe's, calling lakeside, calling sunrise,
      centre, cross, dental, double, ellis, go, good evening, here who, i'll have, in here, in his, joe, joe's,
      know </s>, lakeside, lincoln, list, list </s>, lord, love, mayor, meal, morning </s>, not a, please say, police,
      police </s>, put, room, shall, shall i, sunrise, theatre box, three two, today, walk, was, with me, you've come
    `,
    '-0.5': `
      <s> not, <s> thank, <s> the, a bit, a new, about the, are open, bit, calling please, calls from, come through,
      customer, delivery, fruit, he'll, he's just, help </s>, hey </s>, i, if you're, interested, it's a, lines, loud,
      loud in, me, morning and, name, not interested, pick, right now, saint, solicitors, sorry can, sorry it's, stay,
      talking, there </s>, walter, ward, what, what you're, you back, you've got, your fruit
    `,
    '-0.6': `
      a meeting, a recorded, all in, anybody, anybody there, call, calling maple, going to, good afternoon, hardware,
      have, hi </s>, hi thanks, how may, i'm driving, insurance, is this, law and, maple, need, need </s>, now, nurse,
      recorded, recorded line, sorry i'm, talk right, ted, the law, there, time, turn, who is, yes </s>, you need
    `,
    '-0.7': `
      <s> no, about, again, are closed, below </s>, cannot, don't, evening, for it, front office, going, he was,
      hear you, his, household, how, i'm at, i'm in, instead i, it is, morning, of the, patricia, say, school,
      service, street, to her, you foretolding, you the, young and
    `,
    '-0.8': `
      <s> if, account, at me, at the, beacon, before, below, but, can't hear, come for, for a, he, hello i,
      i'm afraid, i'm just, instead, is a, library, meeting, missed your, name is, talk, theatre, way, what's, who's
    `,
    '-0.9': `
      closed, down, hear, little, missed, moment, mr, service department, the moment, through to, to leave, young
    `,
    '-1.0': `
      <s> thanks, afraid, afternoon, and the, dental this, department, got, he's, her, me instead, speaking
    `,
    '-1.1': `
      calling redwood, foretolding, good, hello </s>, it, my name, redwood, through, want to, who, you want,
      your account
    `,
    '-1.2': `
      am in, family, i missed, knock, sorry, the front, yes
    `,
    '-1.3': `
      can you
    `,
    '-1.4': `
      available, can, can i, front, just
    `,
    '-1.5': `
      do you, not available, want
    `,
    '-1.7': `
      afternoon thanks, hi it's, to be
    `,
    '-1.8': `
      <s> i
    `,
    '-1.9': `
      have to
    `,
  },
  screening: {
    '2.1': `
      from
    `,
    '1.6': `
      <s> this
    `,
    '1.5': `
      please, unknown
    `,
    '1.4': `
      all
    `,
    '1.2': `
      the, them
    `,
    '1.1': `
      afternoon and, i'm the, marcus </s>, numbers, person, you can
    `,
    '1.0': `
      calls, valley
    `,
    '0.9': `
      are calling, for the, is the, marine, mask, number, read, read the, recording, you read
    `,
    '0.8': `
      <s> high, a digital, am a, an, and thanks, by, call, can call, digital, is marcus, it's, marcus, my, you know
    `,
    '0.7': `
      answer, at all, busy, calling, except, google, high, know, only, reach, so, the person, this number
    `,
    '0.6': `
      <s> bye, a, bye, calling doctor, does, does not, for mr, hello i'm, hello the, hi i'm, know what, me </s>,
      not really, off, our, put, the repair
    `,
    '0.5': `
      <s> hello, after the, and, are, assistant, automatic, called, calling dr, calls from, come, connected,
      connected please, eat, few, i am, please say, stay, tell, this call, will, with
    `,
    '0.4': `
      <s> hi, after, all in, am, and thank, be, before, busy right, can't answer, come your, coming, find,
      for ringing, have called, hi this, i come, if this, in three, known, lord, mailbox, may, meet, message,
      message </s>, outside, person you, practice, reached, repair, ringing, say your, this, transit, using, we,
      will be, you are
    `,
    '0.3': `
      <s> by, an automatic, and i'm, area, aren't, being, bye this, call may, call will, caller, callers, calling in,
      can't get, can't take, coverage, coverage area, dave, five five, get, group, have you, hey this, house,
      i'll call, i'm probably, in human, like to, may be, may i, medical, men, miss you, nobody, not, now and,
      now please, one, one for, person you're, pete, please tell, probably, subscriber, subscriber you, tell me, that,
      that you, the coverage, there thanks, this phone, thought, to my, to reach, turned, two two, van, veterinary,
      what, would like, you're, you've called
    `,
    '0.2': `
      <s> hey, <s> it's, <s> seven, <s> you, a little, about a, airlines, am not, and phil, answer right, answering,
      answering for, are we, aren't in, arthur, assistant answering, back </s>, bank, before i, bring, by the,
      called has, calling and, calling hillside, calling the, can reach, check, cost, county, daniel, film, fine,
      five zero, foretold, good day, ha, helen, hello ha, hello i, hello thanks, hello this, hello you're, hey,
      hi listen, hi my, hi the, hi you, hill, hillside, how are, human, human resources, i do, i miss, i'll, i'm out,
      i'm up, if, if you, insurance if, is about, is an, is arthur, is closed, is karen, isn't, its, karen, kate,
      leave your, listen, male, me your, miss, ms, never, new york, next, nobody is, noon, number you, office of,
      on the, one nine, person you've, phil, phone, please leave, reached the, resources, riverside, say, see,
      so that, sue, summit, take, take your, tall, text, the film, the mailbox, the number, the tall, three, to how,
      to know, to you, trying, trying to, two six, us, we can't, we'll, welcome, welcome to, who you, york, you'll,
      you'll reach, you're reached, your, your name, zero
    `,
    '0.1': `
      ', ' </s>, 0, <s> before, <s> new, <s> the, <s> welcome, <s> you're, <s> your, a message, a number, a voicemail,
      able, able to, accept, accounts i'm, all the, am driving, am traveling, an automated, and i, and my, and reason,
      and to, and what, annual, another, are not, aren't here, as, asked, assistant please, at this, at work,
      automated, automated assistant, been forwarded, beep, bennett, bennett law, bishop, bishop in, brandon,
      brandon i'm, call is, call please, called is, calling is, calling me, calling to, can take, can't talk, carter,
      cell, chloe, chris, closed for, coal, collins, come to, continue, continue in, council, council if,
      customer you, day you, doctor, doctor helen, don't leave, doors, doors </s>, dr, emily, emily i'm, emma, end,
      end of, energy, english, evergreen, family we, far, five, florist, for all, for english, for quality, forwarded,
      forwarded to, get it, get to, has, have a, have been, heating, helen morris, hello hello, hello sorry, here and,
      hey it's, hi mommy, hi you're, hillside florist, him, holding your, home, horizon, hours, i can, i put, i'm,
      i'm a, i'm really, i'm sorry, i'm travelling, if i, important, in accounts, in open, in the, in your,
      information, is being, is emily, is important, is in, is laura, is mark, is no, is patrick, is screening,
      is using, just to, land, laura, laura bishop, law our, lead, leave my, like, listen to, made, mark, me a,
      me who, medical group, mess, message and, messaging, messaging service, mommy, mommy and, monday,
      monday through, monitored, morning you've, morris, my mess, my person, no, no one, northern, not able, not set,
      now leave, of doctor, office in, old, olivia, on, on annual, open monday, or on, our office, out on, parcel,
      park, petersons, phone i'm, phone you, please listen, please state, pop, probably at, quality, reach has,
      reach the, really right, reason, reason for, record, record your, right, roof, roof or, ross, ross i, say you,
      screening, sharp, shop, so i, state, taylor, taylor family, that's, the end, the meet, the message, the office,
      the petersons, the subscriber, the taylor, the tone, there is, there this, they, this time, time </s>,
      to connect, to continue, to open, tom, tone, traveling, travelling, travelling until, until the, up, up a,
      up the, virtual, voicemail, we're sorry, well, what is, what to, what's up, who are, who this, whom, willow,
      willow lane, wireless, work, would, written, you reached, you're trying, you've reached, your calling
    `,
    '-0.1': `
      <s> below, <s> blood, <s> front, <s> hiya, <s> hullo, <s> is, <s> oh, <s> or, <s> please, <s> sorry, <s> what's,
      <s> yeah, <s> you've, about to, afternoon thank, ahead, ahead </s>, alan, alright, alright </s>, among,
      and welcome, and you, and your, angel, appointment i, are speaking, are you, auto, bakery, blood, blue, brian,
      call you, calling can't, calling has, can hear, can we, care, city, clean, corner, corner bakery, day,
      delivery </s>, desk this, do, down </s>, even, fine </s>, for, for a, for joining, front desk, garden, george,
      george </s>, give, go on, god, god evening, golden, gone, great, greenfield, harbour, have reached,
      hello doctor, hello hi, hello live, hello who, hello you've, help, here what, hey what's, hi, hiya, hiya </s>,
      hope, hospital, hullo, hullo </s>, i don't, i help, i was, i'm not, i'm on, if it's, in, in a, in all,
      is george, is megan, is mrs, is that, it </s>, it on, joining, just now, just popped, lambert, lame, law </s>,
      leave, leave </s>, leave a, leave the, leaving, leaving </s>, left, let, let me, little </s>, loop, loop </s>,
      low, me turn, megan </s>, minutes, minutes </s>, missed you, molding, mr, mum, nine, north, northgate, of my,
      off </s>, office this, oh hi, okay, omar, on </s>, on please, one second, open, or delivery, or one, out can,
      out of, paige, partly, partners, peter, pick up, pie </s>, pizza, please don't, please hold, please take,
      popped, popped out, radio, residence, residence </s>, right </s>, ring, roofing, said, salon, saw, second, she,
      she's, side, sir, six one, speaking to, speaking with, switch, teaching, team at, ten, text me, the accounts,
      the information, the loop, the radio, this </s>, though, to metro, too, turn the, two, tyler, wait, waiting,
      was just, water, water please, we don't, we're on, were, westfield, who am, who can, won't, would you,
      yeah </s>, yes please, yes the, you </s>, you'd, you've, your speaking
    `,
    '-0.2': `
      <s> we're, a new, and before, any, appointment, box, calling about, calling joe, calling joe's,
      calling lakeside, calling please, calling sunrise, can't come, cross, day </s>, desk, don't know, double,
      driving, ellis, evening </s>, for holding, frank, good evening, hard, he'll, hello and, hello is, hello who's,
      hello yes, here </s>, hold on, holding, hotel, how can, i take, i've, in </s>, is frank, is it, joe, joe's,
      just coming, lakeside, live, live in, low </s>, me, meal, mill, mountain, mrs, new, not a, not in, now </s>,
      nursing, office at, oh, on a, or, page, pick, plumbing, police, police </s>, primary, primary school, room,
      school mrs, shall, shall i, six, some, speaking </s>, talking, team, thank, thanks for, the low, theatre box,
      this is, three two, tight, tight </s>, to answer, to call, to do, to the, today, turn, until, view, we've,
      we've got, what can, what you, when, where, yeah, yes this, you called, you like
    `,
    '-0.3': `
      <s> and, <s> i'm, <s> not, <s> we, a bit, a recorded, are open, are through, away, back, before calling, bit,
      centre, claim, come through, delivery, go, going to, good morning, hardware, hello, help </s>, here, here who,
      hey </s>, hi thanks, hi who's, his, hold, how may, i can't, i'll have, i'm driving, if you're, in here, in his,
      interested, it's a, know </s>, law, lincoln, line, list, list </s>, loud, loud in, love, mayor, more,
      morning </s>, morning and, need, need </s>, not interested, now, nurse, please </s>, really, recorded line,
      saint, solicitors, somebody, something, sorry can, sorry it's, sorry the, sunrise, ted, thanks, through,
      through the, to be, to her, walk, walter, ward, we are, we're, who is, who's, yes </s>, you back, you need,
      you're through, you've come, you've got
    `,
    '-0.4': `
      <s> no, <s> yes, a meeting, about the, anybody, anybody there, are closed, at, at me, below </s>, calling maple,
      dental, evening, following, going, he was, he's just, hi </s>, household, i'm at, i'm in, instead, instead i,
      is, is this, it, law and, library, lines, maple, patricia, recorded, service, sorry i'm, thank you, there </s>,
      time, to leave, was, what you're, you for
    `,
    '-0.5': `
      <s> if, <s> thank, about, again, beacon, below, closed, come for, customer, department, don't, for calling,
      for it, front office, fruit, have, he, hear you, her, i'm afraid, i'm just, insurance, me instead, name is,
      office, school, service department, street, talk right, the law, theatre, through to, way, who, you foretolding,
      you the, young and, your fruit
    `,
    '-0.6': `
      account, afraid, and the, at the, but, calling redwood, can't hear, cannot, dental this, down, family, from the,
      good afternoon, hear, how, i, is a, is not, it is, knock, little, meeting, missed your, moment, name, of the,
      redwood, the moment, want to, what's, you, you want, young
    `,
    '-0.7': `
      <s> good, <s> thanks, can you, foretolding, got, missed, morning, my name, talk, the front, your account
    `,
    '-0.8': `
      afternoon, am in, can, can't, do you, he's, i missed, speaking, there, want
    `,
    '-0.9': `
      <s> i, afternoon thanks, available, can i, front, hello </s>, just, to, yes
    `,
    '-1.0': `
      have to, hi it's, not available
    `,
    '-1.1': `
      good
    `,
    '-1.4': `
      sorry
    `,
  },
};
