/**
 * The 28 tests of the ML Test Score (Breck et al. 2017, tables I to IV), in words of our own. `shownBy`: what the hub must have
 * stored for a whole point; null where nothing stored can show it and a person has to vouch for it. `earn`: how to get there.
 */
export const SECTIONS = ['data', 'model', 'infra', 'monitor'] as const
export type Section = (typeof SECTIONS)[number]

export const SECTION_TITLES: Record<Section, string> = {
  data: 'Data',
  model: 'Model',
  infra: 'Infrastructure',
  monitor: 'Monitoring',
}

export const ML_TEST_IDS = [
  ...(['data1', 'data2', 'data3', 'data4', 'data5', 'data6', 'data7'] as const),
  ...(['model1', 'model2', 'model3', 'model4', 'model5', 'model6', 'model7'] as const),
  ...(['infra1', 'infra2', 'infra3', 'infra4', 'infra5', 'infra6', 'infra7'] as const),
  ...(['monitor1', 'monitor2', 'monitor3', 'monitor4', 'monitor5', 'monitor6', 'monitor7'] as const),
] as const
export type MlTestId = (typeof ML_TEST_IDS)[number]

export type MlTest = { readonly title: string; readonly shownBy: string | null; readonly earn: string }

export const sectionOf = (id: MlTestId): Section => id.slice(0, -1) as Section

const DATA_TESTS = {
  data1: {
    title: 'What is expected of each input is written down and checked',
    shownBy: 'limits of every channel in the recipe, and the data gate of the version',
    earn: 'train a version whose data gate passes',
  },
  data2: {
    title: 'Every feature is worth having',
    shownBy: null,
    earn: 'train without each group of features, compare, and attest what was found',
  },
  data3: {
    title: 'No feature costs too much',
    shownBy: 'the latency gate: features are computed inside the model that it times',
    earn: 'train a version whose latency gate passes',
  },
  data4: {
    title: 'Features keep to the rules of what may be used',
    shownBy: 'the leakage gate; a version reads nothing but the channels of its recipe',
    earn: 'train a version whose leakage gate passes',
  },
  data5: {
    title: 'Private data are protected along the pipeline',
    shownBy: null,
    earn: 'review what stations collect and who may read it, and attest that',
  },
  data6: {
    title: 'A new feature is in production quickly',
    shownBy: null,
    earn: 'attest how long the last new feature took from the recipe to the stations',
  },
  data7: {
    title: 'The code of every feature is tested',
    shownBy: null,
    earn: 'attest which tests hold the features of the recipe against values reckoned otherwise',
  },
} as const satisfies Record<string, MlTest>

const MODEL_TESTS = {
  model1: {
    title: 'What is trained was reviewed by a second person',
    shownBy: 'an alias that was moved to the version with the approval of a second person',
    earn: 'protect an alias, ask for the version and let somebody else approve it',
  },
  model2: {
    title: 'Scores of the test agree with scores in use',
    shownBy: 'errors of the test rows and of live forecasts that rank the stations alike',
    earn: 'let the version forecast on five or more of the stations it was tested on',
  },
  model3: {
    title: 'Settings of the algorithms were searched',
    shownBy: 'the trials in the report of the version',
    earn: 'give the recipe a training.search of two or more trials and train',
  },
  model4: {
    title: 'What an old model costs is known',
    shownBy: 'a comparison of an older and a newer version on rows that neither saw',
    earn: 'compare two versions whose data end at different times ("fleetcast models compare")',
  },
  model5: {
    title: 'Nothing simpler is as good',
    shownBy: 'ridge among the algorithms tried, and the gates against the baselines',
    earn: 'train with ridge among the algorithms and pass the gates against the baselines',
  },
  model6: {
    title: 'It is good on every part that matters',
    shownBy: 'the slices gate: sites, seasons, times of day',
    earn: 'train on enough days that the slices gate can be judged and passes',
  },
  model7: {
    title: 'No group is served worse than the others',
    shownBy: 'the slices gate of every site, two or more: stations are the groups here',
    earn: 'train on two or more sites, each with enough test days to be judged on its own',
  },
} as const satisfies Record<string, MlTest>

const INFRA_TESTS = {
  infra1: {
    title: 'Training comes out the same again',
    shownBy: 'a reproduction with the code of the newest version: identical or within tolerance',
    earn: 'reproduce the newest version ("fleetcast runs reproduce")',
  },
  infra2: {
    title: 'The specification is tested before anything is trained',
    shownBy: 'a check of the recipe as it is applied that found it feasible or doubtful',
    earn: 'check the recipe on a dataset ("fleetcast recipes check")',
  },
  infra3: {
    title: 'The whole pipeline is tested from end to end',
    shownBy: 'a version of a training run of this hub that a station has installed',
    earn: 'roll a trained version out to a station',
  },
  infra4: {
    title: 'Quality is validated before anything serves',
    shownBy: 'gates of the serving version: passed, or overridden by two people',
    earn: 'serve a version whose gates have passed',
  },
  infra5: {
    title: 'A single forecast can be followed step by step',
    shownBy: null,
    earn: 'follow one forecast from its readings to its answer, and attest how',
  },
  infra6: {
    title: 'A few stations try it before all do',
    shownBy: 'a rollout of two or more stages whose first one was decided',
    earn: 'roll a version out in stages',
  },
  infra7: {
    title: 'There is a way back, and it was taken',
    shownBy: 'a rollout that was rolled back, or an alias that was restored',
    earn: 'roll a rollout back, or restore an alias, once',
  },
} as const satisfies Record<string, MlTest>

const MONITOR_TESTS = {
  monitor1: {
    title: 'A change of what it depends on is noticed',
    shownBy: 'a reproduction of the newest version: it names what of code and surroundings changed',
    earn: 'reproduce the newest version ("fleetcast runs reproduce")',
  },
  monitor2: {
    title: 'Inputs keep their promises, in training and in use',
    shownBy: 'the data gate, and daily counts of missing and refused readings of every station that serves',
    earn: 'serve a version whose data gate passed on stations that send their daily profiles',
  },
  monitor3: {
    title: 'Training and serving compute the same',
    shownBy: 'the parity gate, and stations that installed the version after its golden self test',
    earn: 'roll a version whose parity gate passed out to a station',
  },
  monitor4: {
    title: 'Models do not get too old unnoticed',
    shownBy: 'a trigger in the retraining section of the recipe',
    earn: 'give the recipe a retraining section: afterDays, skillBelow or worseStationsShare',
  },
  monitor5: {
    title: 'Answers are numbers whatever comes in',
    shownBy: 'the fuzz gate',
    earn: 'train a version whose fuzz gate passes',
  },
  monitor6: {
    title: 'It is still fast and small',
    shownBy: 'the latency and size gates, and the memory that serving stations report',
    earn: 'serve a version whose latency and size gates passed',
  },
  monitor7: {
    title: 'Forecasts are still good',
    shownBy: 'verified live forecasts of the serving version that beat persistence',
    earn: 'let the version serve until enough forecasts are verified; when it loses, train again',
  },
} as const satisfies Record<string, MlTest>

export const ML_TESTS: Record<MlTestId, MlTest> = {
  ...DATA_TESTS,
  ...MODEL_TESTS,
  ...INFRA_TESTS,
  ...MONITOR_TESTS,
}
