import type { WeightTable } from '../weights.ts';

/** Made by `node test/amd/fit.ts`. */
export const PT: WeightTable = {
  machine: {
    '1.3': `
      em
    `,
    '1.2': `
      o
    `,
    '1.0': `
      <s> este, esta, este
    `,
    '0.9': `
      a, aqui fala, estou, fala da, servico
    `,
    '0.8': `
      <s> aqui
    `,
    '0.7': `
      atender, ja sabe, lopes, sabe
    `,
    '0.6': `
      <s> bem, <s> ola, bem vindo, e nao, estamos em, numero, ola, para, vindo
    `,
    '0.5': `
      deixa, fazer, que fazer, sabe o
    `,
    '0.4': `
      <s> a, <s> esta, <s> o, <s> oi, aqui, casa, da, de, e, em casa, fala, liga, ligou, nao estamos, nao estou, oi
    `,
    '0.3': `
      a caixa, a pessoa, amanha, amanha </s>, caixa, disponivel, e o, esta disponivel, ligou para, marcou, mensagem,
      nao posso, ola aqui, para o, pessoa, posso falar, que marcou, se, uma, uma mensagem
    `,
    '0.2': `
      <s> e, <s> obrigado, ao, ao banco, banco, bem, com, com quem, deixe, deseja, deseja falar, desligado, estou a,
      mensagem </s>, o que, o telefone, oi aqui, para quem, pessoa para, quem deseja, rita, santa, telefone, vindo a,
      vindo ao
    `,
    '0.1': `
      a chamada, a clinica, a ligar, assistente, ate, atende, chamada, deixe uma, depois, depois do, e a, e qual,
      falar com, fale, fale depois, ligar para, ligou nao, marcar, marcar uma, marta, me, momento nao, nao atende,
      neste, nosso, numero que, o assistente, o cliente, o nosso, ola esta, os, para a, passar, passar a, posso, qual,
      qual e, quem ligou, seguros, sol, sou, sou o
    `,
    '-0.1': `
      <s> espera, <s> restaurante, <s> sim, <s> so, atendo, barulho, clinica, daqui, de reservas, diga </s>, dos,
      espera, eu, hora, ja te, ligo, meu nome, muito, muito barulho, nome, nome e, o porto, ola e, paulo, paulo </s>,
      porto, pronto, reservas, restaurante, restaurante o, seu nome, sim, so, so um, tarde </s>, te, um, um momento,
      vale
    `,
    '-0.2': `
      a falar, boa noite, diga, estou numa, noite, numa, numa reuniao, quem esta, reuniao
    `,
    '-0.3': `
      diga o, fala o, falar </s>, farmacia, moderna, o rui, rui
    `,
    '-0.4': `
      agora, aqui e, do, em que, lhe, meu, o meu, o numero, pode, vou
    `,
    '-0.5': `
      <s> bom, agora nao, da para, imobiliaria, nao da, tem
    `,
    '-0.6': `
      boa tarde, bom, bom dia, dia, ja, voce
    `,
    '-0.7': `
      obrigado, tarde
    `,
    '-0.8': `
      falar, ligue, mais, recado
    `,
    '-0.9': `
      boa, estamos
    `,
    '-1.0': `
      nao
    `,
    '-1.1': `
      <s> agora
    `,
    '-1.2': `
      <s> nao
    `,
    '-1.3': `
      <s> ele, ele, quer
    `,
    '-2.2': `
      <s> ja
    `,
  },
  screening: {
    '0.9': `
      o
    `,
    '0.7': `
      <s> ola, ola
    `,
    '0.5': `
      <s> este, de, em, este
    `,
    '0.4': `
      a, a chamada, aqui fala, chamada, e, e qual, esta, estou, fala da, passar, passar a, qual, qual e, servico
    `,
    '0.3': `
      <s> aqui, e o, estamos em, fala, fazer, ja sabe, lopes, numero, para, que fazer, sabe, sabe o, se
    `,
    '0.2': `
      <s> bem, <s> esta, <s> o, <s> oi, a caixa, assistente, atender, bem vindo, caixa, casa, deixa, e nao, em casa,
      fala e, liga, nao estamos, nao estou, o assistente, o seu, oi, quem, quem fala, seu, sou, sou o, uma, vindo
    `,
    '0.1': `
      <s> a, <s> e, <s> obrigado, a ligar, a pessoa, amanha, amanha </s>, ate, chamadas, com, com quem, da, deixe,
      deixe uma, deseja, deseja falar, desligado, diga quem, disponivel, esta disponivel, estou a, ligou para, marcou,
      mensagem, mensagem </s>, nao posso, nome, nome e, o cliente, o que, o telefone, oi aqui, ola aqui, para o,
      pessoa, posso falar, que marcou, quem deseja, quem e, rita, santa, seu nome, so, telefone, uma mensagem,
      vindo a
    `,
    '-0.1': `
      <s> espera, <s> so, a falar, clinica, de reservas, depois, depois do, diga </s>, diga o, dos, espera,
      estou numa, falar </s>, ligar para, ligou nao, meu nome, muito, numa, numa reuniao, ola e, posso, pronto, que,
      quem ligou, reservas, reuniao, so um, tarde </s>, um, vale
    `,
    '-0.2': `
      boa noite, fala o, farmacia, lhe, meu, moderna, noite, o meu, o numero, o rui, rui, vou
    `,
    '-0.3': `
      <s> bom, agora, agora nao, aqui e, boa tarde, da para, em que, imobiliaria, ja, nao da, pode, tem, voce
    `,
    '-0.4': `
      bom, bom dia, dia, do, ligue, mais, obrigado, recado, tarde
    `,
    '-0.5': `
      <s> agora, boa, falar
    `,
    '-0.6': `
      estamos
    `,
    '-0.7': `
      <s> ele, <s> nao, ele, quer
    `,
    '-0.9': `
      nao
    `,
    '-1.1': `
      <s> ja
    `,
  },
};
