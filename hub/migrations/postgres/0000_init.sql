CREATE TABLE "alias_history" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"recipe" text NOT NULL,
	"name" text NOT NULL,
	"from_digest" text,
	"to_digest" text,
	"reason" text NOT NULL,
	"at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "aliases" (
	"recipe" text NOT NULL,
	"name" text NOT NULL,
	"digest" text NOT NULL,
	"revision" integer NOT NULL,
	"updated_at" bigint NOT NULL,
	CONSTRAINT "aliases_recipe_name_pk" PRIMARY KEY("recipe","name")
);
--> statement-breakpoint
CREATE TABLE "cursors" (
	"name" text PRIMARY KEY NOT NULL,
	"position" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "datasets" (
	"digest" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"recipe" text NOT NULL,
	"report" jsonb NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"rollout" text NOT NULL,
	"stage" text NOT NULL,
	"at" bigint NOT NULL,
	"verdict" text NOT NULL,
	"reasons" jsonb NOT NULL,
	"measurements" jsonb NOT NULL,
	"policy_digest" text NOT NULL,
	"evidence_digest" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "desired" (
	"device" text PRIMARY KEY NOT NULL,
	"generation" integer NOT NULL,
	"envelope" jsonb NOT NULL,
	"updated_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "devices" (
	"id" text PRIMARY KEY NOT NULL,
	"site" text NOT NULL,
	"latitude" double precision NOT NULL,
	"longitude" double precision NOT NULL,
	"join_secret_hash" text,
	"password_hash" text,
	"created_at" bigint NOT NULL,
	"enrolled_at" bigint,
	"last_seen_at" bigint,
	"last_reading_at" bigint,
	"is_connected" boolean DEFAULT false NOT NULL,
	"status" jsonb
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL,
	"event_time" bigint,
	"source" text NOT NULL,
	"subject" text NOT NULL,
	"code" text NOT NULL,
	"severity" text NOT NULL,
	"message" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "evidence" (
	"device" text NOT NULL,
	"model" text NOT NULL,
	"reference" text NOT NULL,
	"source" text NOT NULL,
	"day" text NOT NULL,
	"n" bigint NOT NULL,
	"sum_error" double precision NOT NULL,
	"sum_abs" double precision NOT NULL,
	"sum_squared" double precision NOT NULL,
	"sum_abs_reference" double precision NOT NULL,
	"sum_difference" double precision NOT NULL,
	"sum_difference_squared" double precision NOT NULL,
	CONSTRAINT "evidence_device_model_reference_source_day_pk" PRIMARY KEY("device","model","reference","source","day")
);
--> statement-breakpoint
CREATE TABLE "ledger" (
	"device" text NOT NULL,
	"day" text NOT NULL,
	"issued" bigint NOT NULL,
	"verified" bigint NOT NULL,
	"unverifiable" bigint NOT NULL,
	"expired" bigint NOT NULL,
	CONSTRAINT "ledger_device_day_pk" PRIMARY KEY("device","day")
);
--> statement-breakpoint
CREATE TABLE "profiles" (
	"device" text NOT NULL,
	"channel" text NOT NULL,
	"day" text NOT NULL,
	"edges" text NOT NULL,
	"counts" jsonb NOT NULL,
	"missing" bigint NOT NULL,
	"invalid" bigint NOT NULL,
	"n" bigint NOT NULL,
	"sum" double precision NOT NULL,
	"sum_squared" double precision NOT NULL,
	"min" double precision,
	"max" double precision,
	CONSTRAINT "profiles_device_channel_day_edges_pk" PRIMARY KEY("device","channel","day","edges")
);
--> statement-breakpoint
CREATE TABLE "quarantine" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL,
	"topic" text NOT NULL,
	"client" text NOT NULL,
	"code" text NOT NULL,
	"message" text NOT NULL,
	"sample" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "recipes" (
	"name" text PRIMARY KEY NOT NULL,
	"digest" text NOT NULL,
	"body" jsonb NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rollouts" (
	"id" text PRIMARY KEY NOT NULL,
	"recipe" text NOT NULL,
	"version" integer NOT NULL,
	"digest" text NOT NULL,
	"state" text NOT NULL,
	"body" jsonb NOT NULL,
	"revision" integer NOT NULL,
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"id" text PRIMARY KEY NOT NULL,
	"recipe" text NOT NULL,
	"dataset" text NOT NULL,
	"selection" jsonb NOT NULL,
	"state" text NOT NULL,
	"stage" text NOT NULL,
	"fraction" double precision NOT NULL,
	"message" text NOT NULL,
	"run_key" text NOT NULL,
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL,
	"version" integer
);
--> statement-breakpoint
CREATE TABLE "settings" (
	"name" text PRIMARY KEY NOT NULL,
	"value" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sites" (
	"id" text PRIMARY KEY NOT NULL,
	"latitude" double precision NOT NULL,
	"longitude" double precision NOT NULL
);
--> statement-breakpoint
CREATE TABLE "streams" (
	"device" text PRIMARY KEY NOT NULL,
	"watermark" bigint DEFAULT 0 NOT NULL,
	"accepted" bigint DEFAULT 0 NOT NULL,
	"duplicates" bigint DEFAULT 0 NOT NULL,
	"rejected" bigint DEFAULT 0 NOT NULL,
	"lost" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "telemetry" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"device" text NOT NULL,
	"sequence" bigint NOT NULL,
	"received_at" bigint NOT NULL,
	"body" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "versions" (
	"recipe" text NOT NULL,
	"version" integer NOT NULL,
	"digest" text NOT NULL,
	"manifest" jsonb NOT NULL,
	"report" jsonb NOT NULL,
	"run" text NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "versions_recipe_version_pk" PRIMARY KEY("recipe","version")
);
--> statement-breakpoint
CREATE INDEX "evidence_model" ON "evidence" USING btree ("model","device");--> statement-breakpoint
CREATE UNIQUE INDEX "telemetry_device_sequence" ON "telemetry" USING btree ("device","sequence");--> statement-breakpoint
CREATE UNIQUE INDEX "versions_digest" ON "versions" USING btree ("digest");