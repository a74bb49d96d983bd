/** Big cities as English speakers call them; alternatives of a JSGF rule. */
export const CITIES = [
  'amsterdam | athens | atlanta | auckland | austin | baltimore | bangkok | barcelona | beijing | belfast',
  'berlin | birmingham | bombay | boston | bristol | brussels | bucharest | budapest | buenos aires | cairo',
  'calgary | cape town | charlotte | chicago | cleveland | cologne | copenhagen | dallas | delhi | denver',
  'detroit | dubai | dublin | edinburgh | florence | frankfurt | geneva | glasgow | hamburg | havana | helsinki',
  'hong kong | honolulu | houston | indianapolis | istanbul | jakarta | jerusalem | johannesburg | kansas city',
  'las vegas | leeds | lisbon | liverpool | london | los angeles | lyon | madrid | manchester | manila',
  'melbourne | memphis | mexico city | miami | milan | milwaukee | minneapolis | montreal | moscow | mumbai',
  'munich | nairobi | naples | nashville | new orleans | new york | oslo | ottawa | oxford | paris',
  'philadelphia | phoenix | pittsburgh | portland | prague | rome | sacramento | salt lake city | san antonio',
  'san diego | san francisco | seattle | seoul | shanghai | singapore | stockholm | sydney | tel aviv | tokyo',
  'toronto | vancouver | venice | vienna | warsaw | washington | zurich',
].join(' | ');

export const CITIES_FRENCH = [
  'aix | amiens | amsterdam | angers | annecy | athènes | avignon | barcelone | bayonne | berlin | berne',
  'besançon | biarritz | bordeaux | boulogne | bourges | brest | bruxelles | budapest | caen | calais | cannes',
  'chambéry | charleroi | chartres | cologne | colmar | copenhague | dakar | dijon | dublin | dunkerque',
  'francfort | fribourg | gand | genève | grenoble | hambourg | la rochelle | lausanne | laval | le havre',
  'le mans | liège | lille | limoges | lisbonne | londres | lyon | madrid | marseille | metz | milan',
  'montpellier | montréal | moscou | mulhouse | munich | namur | nancy | nantes | naples | neuchâtel | new york',
  'nice | nîmes | orléans | paris | pau | perpignan | poitiers | prague | québec | quimper | reims | rennes',
  'rome | rouen | saint denis | saint étienne | sion | strasbourg | stockholm | tokyo | toulon | toulouse',
  'tours | troyes | tunis | valence | vannes | varsovie | venise | versailles | vienne | zurich',
].join(' | ');

export const ENGLISH_NAMES = [
  'aaron | adam | alan | albert | alex | alice | amanda | amy | andrea | andrew | angela | anna | anthony',
  'arthur | barbara | ben | benjamin | betty | bill | bob | brian | carl | carol | caroline | catherine',
  'charles | charlotte | chris | christine | daniel | david | deborah | dennis | diana | donald | dorothy',
  'edward | elizabeth | emily | emma | eric | eva | frank | gary | george | grace | hannah | harry | helen',
  'henry | isabella | jack | jacob | james | jane | jason | jennifer | jessica | jim | joe | john | jonathan',
  'joseph | joshua | julia | karen | kate | kevin | kim | larry | laura | linda | lisa | lucy | margaret',
  'maria | mark | martin | mary | matthew | max | michael | michelle | mike | nancy | nicole | oliver | olivia',
  'patricia | patrick | paul | peter | philip | rachel | rebecca | richard | robert | roger | ruth | ryan',
  'samuel | sandra | sarah | scott | simon | sophia | stephen | steve | susan | thomas | timothy | tom',
  'victoria | walter | william',
].join(' | ');

export const FRENCH_NAMES = [
  'adèle | adrien | agnès | alain | albert | alexandre | alice | amélie | andré | anne | antoine | arnaud',
  'arthur | aurélie | benoît | bernard | bertrand | bruno | camille | caroline | catherine | cécile | céline',
  'charles | charlotte | christian | christine | christophe | claire | claude | clément | colette | daniel',
  'david | denis | didier | dominique | edouard | élise | emma | emmanuel | éric | étienne | fabien | florence',
  'françois | françoise | frédéric | gabriel | georges | gérard | gilles | guillaume | guy | hélène | henri',
  'hugo | isabelle | jacqueline | jacques | jean | jeanne | jérôme | joseph | julie | julien | karine',
  'laurence | laurent | louis | louise | luc | lucas | marc | marcel | marguerite | marie | marion | martin',
  'mathieu | maurice | michel | monique | nathalie | nicolas | nicole | olivier | pascal | patrick | paul',
  'philippe | pierre | raymond | rené | robert | roger | sébastien | serge | simon | sophie | stéphane | sylvie',
  'thierry | thomas | valérie | vincent | virginie | xavier | yves',
].join(' | ');
