import { describe, expect, it } from 'vitest'
import { parseCommands } from '../../src/core/commands/parse.ts'

const names = (body: string): (string | null)[] => parseCommands(body).map(command => command.name)

describe('commands in a comment', () => {
  it('start a line; several may stand in one comment', () => {
    expect(names('Looks good.\n/convoy stage --start\nthanks\n/why')).toEqual(['convoy stage', 'why'])
    expect(names('please /convoy start')).toEqual([])
  })

  it('keep their flags and arguments', () => {
    expect(parseCommands('/Convoy  START --Force now')[0]).toMatchObject({
      name: 'convoy start',
      flags: ['force'],
      args: ['now'],
    })
  })

  it('are ignored in quotes, code and HTML comments', () => {
    expect(names('> /convoy start')).toEqual([])
    expect(names('```\n/convoy start\n```')).toEqual([])
    expect(names('~~~~\n/convoy start\n~~~\n/why\n~~~~\n/help')).toEqual(['help'])
    expect(names('    /convoy start')).toEqual([])
    expect(names('<!--\n/convoy start\n-->')).toEqual([])
    expect(names('<!-- never closed\n/convoy start')).toEqual([])
  })

  it('with a typo name the nearest one', () => {
    expect(parseCommands('/convoy strat')[0]).toMatchObject({ name: null, nearest: 'convoy start' })
    expect(parseCommands('/convy start')[0]).toMatchObject({ name: null, nearest: 'convoy start' })
    expect(parseCommands('/convoy')[0]).toMatchObject({ name: null })
  })

  it('of other bots and paths are left alone', () => {
    expect(names('/usr/bin/env is a path')).toEqual([])
    expect(names('/approve\n/lgtm\n/label bug')).toEqual([])
  })

  it('hostile text is only text', () => {
    expect(names(`/${'a'.repeat(100_000)}`)).toEqual([])
    expect(parseCommands(`${'/why\n'.repeat(1000)}`)).toHaveLength(10)
  })
})
