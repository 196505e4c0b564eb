CREATE SEQUENCE "public"."outbox_place" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "deliveries" (
	"id" text PRIMARY KEY NOT NULL,
	"event" text NOT NULL,
	"action" text,
	"town_id" text,
	"payload" text NOT NULL,
	"received_at" bigint NOT NULL,
	"state" text DEFAULT 'new' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"due_at" bigint NOT NULL,
	"problem" text,
	CONSTRAINT "deliveries_state_known" CHECK (state in ('new', 'absorbed', 'put aside'))
);
--> statement-breakpoint
CREATE TABLE "events" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "events_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"town_id" text NOT NULL,
	"at" bigint NOT NULL,
	"source" text NOT NULL,
	"type" text NOT NULL,
	"data" jsonb NOT NULL,
	"because" text,
	"dedupe" text,
	"state" text NOT NULL,
	"problem" text,
	"applied_at" bigint,
	CONSTRAINT "events_source_known" CHECK (source in ('fact', 'conclusion')),
	CONSTRAINT "events_state_known" CHECK (state in ('new', 'applied', 'put aside'))
);
--> statement-breakpoint
CREATE TABLE "mirror" (
	"town_id" text NOT NULL,
	"subject" text NOT NULL,
	"written" json NOT NULL,
	CONSTRAINT "mirror_town_id_subject_pk" PRIMARY KEY("town_id","subject")
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "outbox_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"town_id" text NOT NULL,
	"key" text NOT NULL,
	"lane" text NOT NULL,
	"kind" text NOT NULL,
	"effect" jsonb NOT NULL,
	"once" boolean NOT NULL,
	"pace_ms" integer NOT NULL,
	"place" bigint NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"state" text DEFAULT 'due' NOT NULL,
	"due_at" bigint NOT NULL,
	"taken_until" bigint,
	"taken_version" integer,
	"attempts" integer DEFAULT 0 NOT NULL,
	"done_at" bigint,
	"machine" text,
	"last_error" text,
	CONSTRAINT "outbox_state_known" CHECK (state in ('due', 'taken', 'done', 'given up'))
);
--> statement-breakpoint
CREATE TABLE "machines" (
	"id" text PRIMARY KEY NOT NULL,
	"town_id" text NOT NULL,
	"host" text NOT NULL,
	"pid" integer NOT NULL,
	"token_hash" text NOT NULL,
	"started_at" bigint NOT NULL,
	"seen_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "polecats" (
	"town_id" text NOT NULL,
	"id" text NOT NULL,
	"rig_id" text NOT NULL,
	"name" text NOT NULL,
	"runs" integer NOT NULL,
	"landed" integer NOT NULL,
	CONSTRAINT "polecats_town_id_id_pk" PRIMARY KEY("town_id","id")
);
--> statement-breakpoint
CREATE TABLE "rigs" (
	"town_id" text NOT NULL,
	"id" text NOT NULL,
	"owner" text NOT NULL,
	"name" text NOT NULL,
	"default_branch" text NOT NULL,
	"archived" boolean NOT NULL,
	"gone" boolean NOT NULL,
	"config" json NOT NULL,
	"config_sha" text,
	"config_problem" text,
	CONSTRAINT "rigs_town_id_id_pk" PRIMARY KEY("town_id","id")
);
--> statement-breakpoint
CREATE TABLE "towns" (
	"id" text PRIMARY KEY NOT NULL,
	"login" text DEFAULT '' NOT NULL,
	"app_slug" text DEFAULT '' NOT NULL,
	"suspended" boolean DEFAULT false NOT NULL,
	"version" integer DEFAULT 0 NOT NULL,
	"wake_at" bigint,
	"swept_at" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "beads" (
	"town_id" text NOT NULL,
	"id" text NOT NULL,
	"convoy_id" text NOT NULL,
	"rig_id" text NOT NULL,
	"number" integer NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"kind" text NOT NULL,
	"parent_id" text,
	"position" integer NOT NULL,
	"status" text NOT NULL,
	"how" text,
	"held" boolean NOT NULL,
	"tries" integer NOT NULL,
	"setbacks" integer NOT NULL,
	"runs" integer NOT NULL,
	"polecat" text,
	"branch" text,
	"head_sha" text,
	"checkpoint" text,
	"feedback" json,
	"question" json,
	"answers" json NOT NULL,
	"wake_at" bigint,
	"why" text,
	"landed_sha" text,
	"closed_at" bigint,
	"issue_closed_at" bigint,
	"shown" text,
	CONSTRAINT "beads_town_id_id_pk" PRIMARY KEY("town_id","id"),
	CONSTRAINT "beads_kind_known" CHECK (kind in ('task', 'epic')),
	CONSTRAINT "beads_status_known" CHECK (status in ('open', 'in_progress', 'in_review', 'closed', 'failed')),
	CONSTRAINT "beads_how_known" CHECK (how in ('landed', 'done', 'cancelled', 'duplicate'))
);
--> statement-breakpoint
CREATE TABLE "convoys" (
	"town_id" text NOT NULL,
	"id" text NOT NULL,
	"rig_id" text NOT NULL,
	"issue_id" text NOT NULL,
	"number" integer NOT NULL,
	"title" text NOT NULL,
	"status" text NOT NULL,
	"paused" boolean NOT NULL,
	"merge_mode" text NOT NULL,
	"findings" json NOT NULL,
	"by" text NOT NULL,
	"staged_at" bigint NOT NULL,
	"started_at" bigint,
	"ended_at" bigint,
	"why" text,
	"shown" text,
	CONSTRAINT "convoys_town_id_id_pk" PRIMARY KEY("town_id","id"),
	CONSTRAINT "convoys_status_known" CHECK (status in ('staged_ready', 'staged_warnings', 'open', 'landing', 'landed', 'closed')),
	CONSTRAINT "convoys_merge_mode_known" CHECK (merge_mode in ('review-then-land', 'review-and-merge'))
);
--> statement-breakpoint
CREATE TABLE "dependencies" (
	"town_id" text NOT NULL,
	"bead_id" text NOT NULL,
	"blocker_id" text NOT NULL,
	"position" integer NOT NULL,
	"ref" text NOT NULL,
	"outside" text NOT NULL,
	"skipped" boolean NOT NULL,
	CONSTRAINT "dependencies_town_id_bead_id_blocker_id_pk" PRIMARY KEY("town_id","bead_id","blocker_id"),
	CONSTRAINT "dependencies_outside_known" CHECK (outside in ('open', 'completed', 'not_planned', 'unseen'))
);
--> statement-breakpoint
CREATE TABLE "legs" (
	"town_id" text NOT NULL,
	"id" text NOT NULL,
	"convoy_id" text NOT NULL,
	"rig_id" text NOT NULL,
	"target" text NOT NULL,
	"base" text NOT NULL,
	"state" text NOT NULL,
	"wake_at" bigint,
	"why" text,
	CONSTRAINT "legs_town_id_id_pk" PRIMARY KEY("town_id","id"),
	CONSTRAINT "legs_state_known" CHECK (state in ('planned', 'asked', 'ready', 'landed'))
);
--> statement-breakpoint
CREATE TABLE "pulls" (
	"town_id" text NOT NULL,
	"id" text NOT NULL,
	"kind" text NOT NULL,
	"rig_id" text NOT NULL,
	"convoy_id" text NOT NULL,
	"bead_id" text,
	"head" text NOT NULL,
	"base" text NOT NULL,
	"title" text NOT NULL,
	"head_sha" text,
	"number" integer,
	"state" text NOT NULL,
	"queued_at" bigint NOT NULL,
	"gates" integer NOT NULL,
	"gate_run_id" text,
	"tested_head" text,
	"tested_base" text,
	"approved" boolean NOT NULL,
	"wake_at" bigint,
	"why" text,
	"merge_sha" text,
	"shown" text,
	CONSTRAINT "pulls_town_id_id_pk" PRIMARY KEY("town_id","id"),
	CONSTRAINT "pulls_kind_known" CHECK (kind in ('bead', 'landing')),
	CONSTRAINT "pulls_state_known" CHECK (state in ('opening', 'queued', 'gating', 'merging', 'waiting', 'doubted', 'shut', 'returned', 'merged', 'closed'))
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"town_id" text NOT NULL,
	"id" text NOT NULL,
	"kind" text NOT NULL,
	"rig_id" text NOT NULL,
	"convoy_id" text NOT NULL,
	"bead_id" text,
	"pull_id" text,
	"polecat" text,
	"number" integer NOT NULL,
	"state" text NOT NULL,
	"ordered_at" bigint NOT NULL,
	"started_at" bigint,
	"ended_at" bigint,
	"lease_until" bigint NOT NULL,
	"why" text,
	CONSTRAINT "runs_town_id_id_pk" PRIMARY KEY("town_id","id"),
	CONSTRAINT "runs_kind_known" CHECK (kind in ('work', 'rework', 'conflict', 'gate')),
	CONSTRAINT "runs_state_known" CHECK (state in ('ordered', 'running', 'done', 'failed', 'asked', 'lost', 'stopped'))
);
--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_town" FOREIGN KEY ("town_id") REFERENCES "public"."towns"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mirror" ADD CONSTRAINT "mirror_town" FOREIGN KEY ("town_id") REFERENCES "public"."towns"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_town" FOREIGN KEY ("town_id") REFERENCES "public"."towns"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "machines" ADD CONSTRAINT "machines_town" FOREIGN KEY ("town_id") REFERENCES "public"."towns"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "polecats" ADD CONSTRAINT "polecats_rig" FOREIGN KEY ("town_id","rig_id") REFERENCES "public"."rigs"("town_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rigs" ADD CONSTRAINT "rigs_town" FOREIGN KEY ("town_id") REFERENCES "public"."towns"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "beads" ADD CONSTRAINT "beads_rig" FOREIGN KEY ("town_id","rig_id") REFERENCES "public"."rigs"("town_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "beads" ADD CONSTRAINT "beads_convoy" FOREIGN KEY ("town_id","convoy_id") REFERENCES "public"."convoys"("town_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "convoys" ADD CONSTRAINT "convoys_rig" FOREIGN KEY ("town_id","rig_id") REFERENCES "public"."rigs"("town_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dependencies" ADD CONSTRAINT "dependencies_bead" FOREIGN KEY ("town_id","bead_id") REFERENCES "public"."beads"("town_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "legs" ADD CONSTRAINT "legs_rig" FOREIGN KEY ("town_id","rig_id") REFERENCES "public"."rigs"("town_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "legs" ADD CONSTRAINT "legs_convoy" FOREIGN KEY ("town_id","convoy_id") REFERENCES "public"."convoys"("town_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pulls" ADD CONSTRAINT "pulls_rig" FOREIGN KEY ("town_id","rig_id") REFERENCES "public"."rigs"("town_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pulls" ADD CONSTRAINT "pulls_convoy" FOREIGN KEY ("town_id","convoy_id") REFERENCES "public"."convoys"("town_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pulls" ADD CONSTRAINT "pulls_bead" FOREIGN KEY ("town_id","bead_id") REFERENCES "public"."beads"("town_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_rig" FOREIGN KEY ("town_id","rig_id") REFERENCES "public"."rigs"("town_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_convoy" FOREIGN KEY ("town_id","convoy_id") REFERENCES "public"."convoys"("town_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_bead" FOREIGN KEY ("town_id","bead_id") REFERENCES "public"."beads"("town_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_pull" FOREIGN KEY ("town_id","pull_id") REFERENCES "public"."pulls"("town_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "deliveries_due" ON "deliveries" USING btree ("due_at") WHERE state = 'new';--> statement-breakpoint
CREATE INDEX "deliveries_received" ON "deliveries" USING btree ("received_at");--> statement-breakpoint
CREATE INDEX "events_news" ON "events" USING btree ("town_id","seq") WHERE state = 'new';--> statement-breakpoint
CREATE UNIQUE INDEX "events_dedupe" ON "events" USING btree ("town_id","dedupe") WHERE dedupe is not null;--> statement-breakpoint
CREATE INDEX "events_history" ON "events" USING btree ("town_id","seq");--> statement-breakpoint
CREATE UNIQUE INDEX "outbox_key" ON "outbox" USING btree ("town_id","key");--> statement-breakpoint
CREATE INDEX "outbox_lane" ON "outbox" USING btree ("town_id","lane","place") WHERE state in ('due', 'taken');--> statement-breakpoint
CREATE INDEX "outbox_waiting" ON "outbox" USING btree ("town_id","place") WHERE state in ('due', 'taken');--> statement-breakpoint
CREATE INDEX "outbox_orders" ON "outbox" USING btree ("town_id","place") WHERE kind = 'OrderRun' and state = 'due';--> statement-breakpoint
CREATE UNIQUE INDEX "machines_token" ON "machines" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "machines_seen" ON "machines" USING btree ("town_id","seen_at");--> statement-breakpoint
CREATE UNIQUE INDEX "polecats_name" ON "polecats" USING btree ("town_id","rig_id","name");--> statement-breakpoint
CREATE INDEX "towns_wake" ON "towns" USING btree ("wake_at") WHERE wake_at is not null;--> statement-breakpoint
CREATE INDEX "beads_of_convoy" ON "beads" USING btree ("convoy_id","town_id","position");--> statement-breakpoint
CREATE UNIQUE INDEX "convoys_one_per_issue" ON "convoys" USING btree ("town_id","issue_id") WHERE status not in ('landed', 'closed');--> statement-breakpoint
CREATE UNIQUE INDEX "legs_one_per_rig" ON "legs" USING btree ("town_id","convoy_id","rig_id");--> statement-breakpoint
CREATE UNIQUE INDEX "pulls_one_per_bead" ON "pulls" USING btree ("town_id","bead_id","base") WHERE kind = 'bead' and state not in ('merged', 'closed');--> statement-breakpoint
CREATE UNIQUE INDEX "pulls_one_landing" ON "pulls" USING btree ("town_id","convoy_id","rig_id") WHERE kind = 'landing' and state not in ('merged', 'closed');--> statement-breakpoint
CREATE INDEX "pulls_number" ON "pulls" USING btree ("rig_id","town_id","number");--> statement-breakpoint
CREATE INDEX "pulls_of_convoy" ON "pulls" USING btree ("convoy_id","town_id");--> statement-breakpoint
CREATE INDEX "pulls_open" ON "pulls" USING btree ("town_id","convoy_id") WHERE state not in ('merged', 'closed');--> statement-breakpoint
CREATE UNIQUE INDEX "runs_one_per_bead" ON "runs" USING btree ("town_id","bead_id") WHERE kind <> 'gate' and state in ('ordered', 'running');--> statement-breakpoint
CREATE UNIQUE INDEX "runs_one_per_polecat" ON "runs" USING btree ("town_id","rig_id","polecat") WHERE state in ('ordered', 'running');--> statement-breakpoint
CREATE UNIQUE INDEX "runs_one_gate_per_pull" ON "runs" USING btree ("town_id","pull_id") WHERE kind = 'gate' and state in ('ordered', 'running');--> statement-breakpoint
CREATE INDEX "runs_live" ON "runs" USING btree ("town_id","convoy_id") WHERE state in ('ordered', 'running');