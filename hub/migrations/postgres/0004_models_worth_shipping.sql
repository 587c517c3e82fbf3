CREATE TABLE "alias_protections" (
	"recipe" text NOT NULL,
	"name" text NOT NULL,
	"is_protected" boolean NOT NULL,
	"updated_at" bigint NOT NULL,
	CONSTRAINT "alias_protections_recipe_name_pk" PRIMARY KEY("recipe","name")
);
--> statement-breakpoint
CREATE TABLE "alias_requests" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"recipe" text NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"to_digest" text,
	"expected_revision" integer NOT NULL,
	"reason" text NOT NULL,
	"requested_by" text NOT NULL,
	"requested_at" bigint NOT NULL,
	"state" text NOT NULL,
	"decided_by" text,
	"decided_at" bigint,
	"decision_reason" text
);
--> statement-breakpoint
CREATE TABLE "gate_overrides" (
	"id" text PRIMARY KEY NOT NULL,
	"recipe" text NOT NULL,
	"version" integer NOT NULL,
	"digest" text NOT NULL,
	"gate" text NOT NULL,
	"reason" text NOT NULL,
	"requested_by" text NOT NULL,
	"requested_at" bigint NOT NULL,
	"state" text NOT NULL,
	"decided_by" text,
	"decided_at" bigint,
	"decision_reason" text
);
--> statement-breakpoint
CREATE TABLE "observations" (
	"device" text NOT NULL,
	"recipe" text NOT NULL,
	"event_time" bigint NOT NULL,
	"revision" integer NOT NULL,
	"arrived_at" bigint NOT NULL,
	"site" text NOT NULL,
	"measured" jsonb NOT NULL,
	"refused" jsonb,
	CONSTRAINT "observations_device_recipe_event_time_revision_pk" PRIMARY KEY("device","recipe","event_time","revision")
);
--> statement-breakpoint
CREATE TABLE "score_attestations" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"recipe" text NOT NULL,
	"test" text NOT NULL,
	"change" text NOT NULL,
	"reason" text NOT NULL,
	"attested_by" text NOT NULL,
	"at" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "alias_history" ADD COLUMN "revision" integer NOT NULL;--> statement-breakpoint
ALTER TABLE "alias_history" ADD COLUMN "kind" text NOT NULL;--> statement-breakpoint
ALTER TABLE "alias_history" ADD COLUMN "changed_by" text NOT NULL;--> statement-breakpoint
ALTER TABLE "alias_history" ADD COLUMN "rollout" text;--> statement-breakpoint
ALTER TABLE "alias_history" ADD COLUMN "request" integer;--> statement-breakpoint
ALTER TABLE "devices" ADD COLUMN "recipe" text DEFAULT 'temperature-24h' NOT NULL;--> statement-breakpoint
ALTER TABLE "evidence" ADD COLUMN "intervals" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "evidence" ADD COLUMN "covered" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "kind" text DEFAULT 'train' NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "recipe_body" jsonb;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "parameters" jsonb;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "result" jsonb;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "requested_by" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "started_at" bigint;--> statement-breakpoint
ALTER TABLE "versions" ADD COLUMN "gates" jsonb;--> statement-breakpoint
ALTER TABLE "versions" ADD COLUMN "deleted_at" bigint;--> statement-breakpoint
ALTER TABLE "versions" ADD COLUMN "deleted_by" text;--> statement-breakpoint
ALTER TABLE "versions" ADD COLUMN "deletion_reason" text;--> statement-breakpoint
CREATE INDEX "observations_time" ON "observations" USING btree ("recipe","event_time","device");--> statement-breakpoint
CREATE INDEX "score_attestations_recipe" ON "score_attestations" USING btree ("recipe","test");--> statement-breakpoint
CREATE UNIQUE INDEX "alias_history_revision" ON "alias_history" USING btree ("recipe","name","revision");