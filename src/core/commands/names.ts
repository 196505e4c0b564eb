/** What can be typed. Beside the registry so that parsing needs nothing of what commands do. */
export const NAMES = [
  'convoy stage',
  'convoy start',
  'convoy status',
  'convoy pause',
  'convoy resume',
  'convoy close',
  'convoy add',
  'convoy remove',
  'convoy simulate',
  'bead retry',
  'bead hold',
  'bead release',
  'bead priority',
  'bead skip',
  'bead cancel',
  'why',
  'help',
] as const
export type CommandName = (typeof NAMES)[number]

/** Flags that are followed by a value, whatever the command. */
export const VALUED: readonly string[] = ['title', 'mode', 'base']

/** First words: a line that starts with one of these, or nearly, is meant for us. */
export const FAMILIES = [...new Set(NAMES.map(name => name.split(' ')[0]!))]
