import type { Fact } from '../core/events.ts'
import type { Look } from '../core/looks.ts'
import type { News } from '../ports.ts'
import { observeCard } from './observe-card.ts'
import { commentKey, observeComment } from './observe-comment.ts'
import { observeInstallation, observeRig } from './observe-installation.ts'
import { observePull } from './observe-pull.ts'
import { forgetLabels } from './perform/labels.ts'
import type { Address, Reach } from './reach.ts'

/** Looks at something with our own eyes. A repository that the town does not know yet is looked up first. */
export async function look(reach: Reach, at: Look): Promise<readonly News[]> {
  if (at.look === 'installation') return news(reach, (await observeInstallation(reach)).facts)
  if (at.look === 'card') {
    const moved = await observeCard(reach, at)
    return moved ? news(reach, [moved]) : []
  }
  const known = await reach.directory.rig(reach.townId, at.rigId)
  if (known) return inRig(reach, at, { owner: known.owner, repo: known.name })
  const { facts, rigs } = await observeInstallation(reach)
  const rig = rigs.find(it => it.id === at.rigId)
  const seen = news(reach, facts)
  if (!rig || at.look === 'rig') return seen
  return [...seen, ...(await inRig(reach, at, { owner: rig.owner, repo: rig.name }))]
}

type InRig = Exclude<Look, { readonly look: 'installation' | 'card' }>

async function inRig(reach: Reach, at: InRig, address: Address): Promise<readonly News[]> {
  switch (at.look) {
    case 'rig': {
      const seen = await observeRig(reach, at.rigId)
      return news(reach, seen ? [seen] : (await observeInstallation(reach)).facts)
    }
    case 'issue':
      return news(reach, [{ type: 'IssueTouched', rigId: at.rigId, issueId: at.issueId }])
    case 'labels':
      await forgetLabels(reach, at.rigId)
      return []
    case 'comment': {
      if (await reach.directory.isKnown(reach.townId, commentKey(at.commentId))) return []
      const seen = await observeComment(reach, address, at.rigId, at.commentId)
      return seen ? [{ townId: reach.townId, fact: seen, dedupe: commentKey(at.commentId) }] : []
    }
    case 'pull': {
      const ours = await reach.directory.pull(reach.townId, at.rigId, at.number)
      return ours ? news(reach, [await observePull(reach, address, ours.id, at.number)]) : []
    }
  }
}

const news = (reach: Reach, facts: readonly Fact[]): News[] =>
  facts.map(fact => ({ townId: reach.townId, fact, dedupe: null }))
