CREATE TABLE "creations" (
	"town_id" text NOT NULL,
	"at" bigint NOT NULL,
	"creations" integer NOT NULL,
	CONSTRAINT "creations_town_id_at_pk" PRIMARY KEY("town_id","at")
);
--> statement-breakpoint
CREATE TABLE "drafts" (
	"town_id" text NOT NULL,
	"id" text NOT NULL,
	"convoy_id" text NOT NULL,
	"nth" integer NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"rig_id" text NOT NULL,
	"parent" integer,
	"after" json NOT NULL,
	"issue_id" text,
	"number" integer,
	"existed" boolean NOT NULL,
	"step" text NOT NULL,
	CONSTRAINT "drafts_town_id_id_pk" PRIMARY KEY("town_id","id"),
	CONSTRAINT "drafts_step_known" CHECK (step in ('wanted', 'making', 'made', 'linking', 'done'))
);
--> statement-breakpoint
ALTER TABLE "beads" DROP CONSTRAINT "beads_kind_known";--> statement-breakpoint
ALTER TABLE "beads" DROP CONSTRAINT "beads_how_known";--> statement-breakpoint
ALTER TABLE "convoys" DROP CONSTRAINT "convoys_status_known";--> statement-breakpoint
ALTER TABLE "towns" ADD COLUMN "owner_type" text DEFAULT 'Organization' NOT NULL;--> statement-breakpoint
ALTER TABLE "towns" ADD COLUMN "boards" json DEFAULT '[]'::json NOT NULL;--> statement-breakpoint
ALTER TABLE "towns" ADD COLUMN "held_until" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "beads" ADD COLUMN "priority" integer DEFAULT 2 NOT NULL;--> statement-breakpoint
ALTER TABLE "beads" ALTER COLUMN "priority" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "beads" ADD COLUMN "closes" text;--> statement-breakpoint
-- What we closed the issues of until now, and go on closing.
UPDATE "beads" SET "closes" = 'completed' WHERE "how" = 'landed' OR ("kind" = 'epic' AND "how" = 'done');--> statement-breakpoint
ALTER TABLE "beads" ADD COLUMN "leaving" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "beads" ALTER COLUMN "leaving" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "beads" ADD COLUMN "trusted" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "beads" ALTER COLUMN "trusted" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "beads" ADD COLUMN "edit" json;--> statement-breakpoint
ALTER TABLE "convoys" ADD COLUMN "given_title" text;--> statement-breakpoint
ALTER TABLE "convoys" ADD COLUMN "given_mode" text;--> statement-breakpoint
ALTER TABLE "convoys" ADD COLUMN "given_base" text;--> statement-breakpoint
ALTER TABLE "convoys" ADD COLUMN "start_when_staged" text DEFAULT 'no' NOT NULL;--> statement-breakpoint
ALTER TABLE "convoys" ALTER COLUMN "start_when_staged" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "convoys" ADD COLUMN "forecast" json;--> statement-breakpoint
ALTER TABLE "convoys" ADD COLUMN "read_at" bigint;--> statement-breakpoint
ALTER TABLE "convoys" ADD COLUMN "board_shown" text;--> statement-breakpoint
ALTER TABLE "convoys" ADD COLUMN "cards_moved" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "convoys" ALTER COLUMN "cards_moved" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "legs" ADD COLUMN "merge_mode" text;--> statement-breakpoint
-- A convoy had one way of merging for all its rigs. Nobody had chosen it by command: that stays null.
UPDATE "legs" SET "merge_mode" = (
  SELECT c."merge_mode" FROM "convoys" c WHERE c."town_id" = "legs"."town_id" AND c."id" = "legs"."convoy_id");--> statement-breakpoint
ALTER TABLE "legs" ALTER COLUMN "merge_mode" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "creations" ADD CONSTRAINT "creations_town" FOREIGN KEY ("town_id") REFERENCES "public"."towns"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drafts" ADD CONSTRAINT "drafts_rig" FOREIGN KEY ("town_id","rig_id") REFERENCES "public"."rigs"("town_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drafts" ADD CONSTRAINT "drafts_convoy" FOREIGN KEY ("town_id","convoy_id") REFERENCES "public"."convoys"("town_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "creations_at" ON "creations" USING btree ("at");--> statement-breakpoint
CREATE UNIQUE INDEX "drafts_one_per_number" ON "drafts" USING btree ("town_id","convoy_id","nth");--> statement-breakpoint
CREATE INDEX "events_gates" ON "events" USING btree ("town_id",(data->>'runId')) WHERE type = 'GateReported';--> statement-breakpoint
CREATE INDEX "runs_work_history" ON "runs" USING btree ("town_id","ended_at") WHERE kind <> 'gate' and state in ('done', 'failed');--> statement-breakpoint
CREATE INDEX "runs_gate_history" ON "runs" USING btree ("town_id","ended_at") WHERE kind = 'gate' and state in ('done', 'failed');--> statement-breakpoint
ALTER TABLE "towns" ADD CONSTRAINT "towns_owner_type_known" CHECK (owner_type in ('Organization', 'User'));--> statement-breakpoint
ALTER TABLE "beads" ADD CONSTRAINT "beads_priority_known" CHECK (priority in ('0', '1', '2', '3', '4'));--> statement-breakpoint
ALTER TABLE "beads" ADD CONSTRAINT "beads_closes_known" CHECK (closes in ('completed', 'not_planned'));--> statement-breakpoint
ALTER TABLE "beads" ADD CONSTRAINT "beads_kind_known" CHECK (kind in ('task', 'epic', 'decision'));--> statement-breakpoint
ALTER TABLE "beads" ADD CONSTRAINT "beads_how_known" CHECK (how in ('landed', 'done', 'skipped', 'cancelled', 'duplicate', 'left'));--> statement-breakpoint
ALTER TABLE "convoys" ADD CONSTRAINT "convoys_given_mode_known" CHECK (given_mode in ('review-then-land', 'review-and-merge'));--> statement-breakpoint
ALTER TABLE "convoys" ADD CONSTRAINT "convoys_start_when_staged_known" CHECK (start_when_staged in ('no', 'if-ready', 'force'));--> statement-breakpoint
ALTER TABLE "convoys" ADD CONSTRAINT "convoys_status_known" CHECK (status in ('publishing', 'staged_ready', 'staged_warnings', 'open', 'landing', 'landed', 'closed'));--> statement-breakpoint
ALTER TABLE "legs" ADD CONSTRAINT "legs_merge_mode_known" CHECK (merge_mode in ('review-then-land', 'review-and-merge'));--> statement-breakpoint
ALTER TABLE "convoys" DROP CONSTRAINT "convoys_merge_mode_known";--> statement-breakpoint
ALTER TABLE "convoys" DROP COLUMN "merge_mode";--> statement-breakpoint
-- Keys go to the end, as text: a config that is read again without being changed is the same to the letter.
UPDATE "rigs" SET "config" = (
  regexp_replace("config"::text, '\s*\}\s*$', '') || ',"parked":false,"stagedByDefault":true,"board":true}')::json;--> statement-breakpoint
-- What was seen and not thought about yet is thought about by the new rules, which expect to find more in it.
UPDATE "events" SET "data" = "data" || '{"ownerType":"Organization"}'
WHERE "state" = 'new' AND "type" = 'TownSeen';--> statement-breakpoint
UPDATE "events" SET "data" = jsonb_set("data", '{rigs}', (
  SELECT coalesce(jsonb_agg(CASE jsonb_typeof(rig->'config') WHEN 'object' THEN
    jsonb_set(rig, '{config}', rig->'config' || '{"parked":false,"stagedByDefault":true,"board":true}')
    ELSE rig END ORDER BY nth), '[]')
  FROM jsonb_array_elements("data"->'rigs') WITH ORDINALITY AS r(rig, nth)))
WHERE "state" = 'new' AND "type" = 'RigsSeen';--> statement-breakpoint
UPDATE "events" SET "data" = "data" || '{"named":[],"rights":[]}' || jsonb_build_object('commands', (
  SELECT coalesce(jsonb_agg(command || '{"options":{}}' ORDER BY nth), '[]')
  FROM jsonb_array_elements("data"->'commands') WITH ORDINALITY AS c(command, nth)))
WHERE "state" = 'new' AND "type" = 'CommentSeen';--> statement-breakpoint
-- Wishes that wait are done by the new performers.
UPDATE "outbox" SET "effect" = "effect" || '{"memory":null}'
WHERE "state" IN ('due', 'taken') AND "kind" = 'ShowIssue';
