import type { PhraseBook } from '../phrases.ts';

export const PT: PhraseBook = {
  voicemail: `
    mensagem
    recado
    deix* ... nome/numero/contacto/contato
    apos o sinal/bip/tom
    depois do sinal/bip/tom
    o sinal
    caixa postal
    caixa de
    correio de voz
    voice mail
    atendedor
    secretaria eletronica
    gravador
    grave
    nao ... disponivel/disponiveis
    indisponivel
    nao posso/podemos/pode ... atender
    nao estou/estamos ... casa/momento/aqui
    ligo/ligarei/ligaremos/liga* ... volta
    ligaremos
    retorn*
    entrarei/entraremos em contacto/contato
    estamos encerrados/fechados
    encerrad*
    fechad*
    horario
    expediente
    de ferias
    tente mais
    tente novamente
    ligue mais
    em caso de
    ja sabe/sabes
    bip
  `,
  unreachable: `
    nao existe
    numero marcado/discado
    numero que marcou/discou
    desligado
    fora da area
    nao esta atribuido
    temporariamente
    programado para
  `,
  menu: `
    digite
    pressione
    prima
    disque
    tecle
    a tecla
    nao desligue
    atendentes
    nossos/nossas atendentes/operadores
    gravada
    gravadas
    qualidade
    a sua chamada
    sua ligacao
    para saldos/falar/informacoes/consultar/comunicar/faturas/assistencia/apoio
    opcoes
    ramal
    falar com um assistente
  `,
  screening: `
    o seu/teu nome e
    seu nome e
    quem e e
    motivo da
    porque esta a ligar
    por que esta ligando
    filtro de
    google
    siri
    assistente*
    virtual
    digital
  `,
  human: `
    como posso/podemos/lhe
    em que posso/podemos
    posso ajudar*
    ajudar
    quem fala
    quem e
    com quem
    alo alo
    esta la
    estou sim
    pois nao
    diga
    um momento
    deseja
  `,
  agent: `
    fala o/a
    aqui fala
    o meu nome
    meu nome e
    chamo me
    falar com
    a falar com
    falando com
    daqui fala
    daqui
  `,
  reached: `
    ligou para
    voce ligou
    esta a ligar
    o numero
    o cliente
    o telefone para
    o assinante
    de momento
    neste momento
    lamentamos
    desculpe
    obrigad* pela sua chamada
  `,
  company: `
    bom dia
    boa tarde/noite
    bem vind*
    obrigad* por ligar
    apoio ao
    atendimento
    servico de
    central
    empresa
    departamento
    escritorio de
    clinica
  `,
};
