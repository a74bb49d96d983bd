import type { Lexicon } from '../lexicon.ts';

export const PT: Lexicon = {
  machine: {
    4: `
      deixe a sua mensagem, deixe sua mensagem, deixe uma mensagem, deixa mensagem, deixe mensagem, uma mensagem, a sua mensagem, o seu recado, seu recado, apos o sinal, apos o bip, apos o tom,
      depois do sinal, depois do bip, depois do tom, caixa postal, caixa de mensagens, caixa de correio, correio de voz, voice mail, atendedor, secretaria eletronica, ligo de volta, ligaremos,
      ligarei, retornaremos, retornarei, entraremos em contacto, entraremos em contato, entrarei em, nao esta disponivel, nao estou disponivel, nao se encontra, nao posso atender, nao podemos atender,
      nao pode atender, desligado, fora da area, fora de area, nao existe, nao esta atribuido, digite, pressione, prima, disque, tecle, chamada podera ser gravada, podera ser gravada, sera gravada,
      nossos atendentes, nao desligue, tente mais tarde, ligue mais tarde, tente novamente, estamos encerrados, estamos fechados, esta fechado, esta encerrado,
      horario de atendimento, nosso horario, assim que possivel, logo que possivel, o mais breve, ja sabe o que, ja sabes
    `,
    3: `
      mensagem, mensagens, recado, sinal, bip, assinante, ferias, fechado, fechados, encerrado, encerrados, horario, de segunda, a sexta, qualidade, gravada, gravado, opcao, opcoes, menu, tecla, asterisco,
      ramal, extensao, transferida, encaminhada, se deseja, se pretende, se quer, se e, se ja, se ainda, se tem, se conhece, para falar, para informacoes, para outros, para outras, para saldos, para qualquer,
      urgencia, emergencia, nosso site, email, www, dormir, ocupados, fila, espera, atendente, operador, assistentes
    `,
    2: `
      ligou para, voce ligou, contactou, telefone, telemovel, celular, neste momento, de momento, no momento, agora nao, nao posso, nao podemos, nao estou, nao estamos, nao,
      deixe, deixa, grave, segunda, terca, quarta, quinta, sexta, sabado, domingo, amanha, mais tarde, adeus, obrigado pela sua, sua chamada, sua ligacao, lamentamos, desculpe, infelizmente,
      ate ao, a partir, voltarei, volto, ligue
    `,
    1: `numero, por favor, nome e, seu nome, seu numero, nosso, nossa, ou, caso contrario, na linha, por favor espere`,
  },
  person: {
    4: `
      em que posso, como posso ajudar, como posso, em que podemos, posso ajudar, ajuda lo, ajudar, quem fala, quem e, com quem, de onde fala, de onde, pois nao, estou sim, pode falar, um momento,
      um segundo, so um momento, pode dizer, pode indicar, poderia, qual e o seu numero, o que deseja, que deseja
    `,
    3: `fala o, fala a, daqui fala, aqui fala, meu nome e, chamo me, a falar com, falando com, ao seu dispor, quem, qual, alo alo, o que`,
    2: `diga, alo, estou, sim, ola, oi, bom dia, boa tarde, boa noite, daqui, senhor, senhora, rececao, recepcao, aguarde`,
    1: `aqui`,
  },
  screening: {
    4: `
      motivo da chamada, motivo da ligacao, motivo do contacto, motivo do contato, porque esta a ligar, por que esta ligando, por que ligou, o seu nome e o motivo, seu nome e o, assistente, assistente virtual, google, siri,
      filtro, filtro de chamadas, se esta pessoa, se pode atender, a pessoa para quem
    `,
    3: `motivo, razao, diga o seu nome, diga seu nome, identifique, virtual, digital, em nome de`,
    2: `pessoa, quem e e`,
    1: `nome`,
  },
};
