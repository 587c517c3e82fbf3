CREATE TABLE `alias_protections` (
	`recipe` text NOT NULL,
	`name` text NOT NULL,
	`is_protected` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`recipe`, `name`)
);
--> statement-breakpoint
CREATE TABLE `alias_requests` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`recipe` text NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL,
	`to_digest` text,
	`expected_revision` integer NOT NULL,
	`reason` text NOT NULL,
	`requested_by` text NOT NULL,
	`requested_at` integer NOT NULL,
	`state` text NOT NULL,
	`decided_by` text,
	`decided_at` integer,
	`decision_reason` text
);
--> statement-breakpoint
CREATE TABLE `gate_overrides` (
	`id` text PRIMARY KEY NOT NULL,
	`recipe` text NOT NULL,
	`version` integer NOT NULL,
	`digest` text NOT NULL,
	`gate` text NOT NULL,
	`reason` text NOT NULL,
	`requested_by` text NOT NULL,
	`requested_at` integer NOT NULL,
	`state` text NOT NULL,
	`decided_by` text,
	`decided_at` integer,
	`decision_reason` text
);
--> statement-breakpoint
CREATE TABLE `observations` (
	`device` text NOT NULL,
	`recipe` text NOT NULL,
	`event_time` integer NOT NULL,
	`revision` integer NOT NULL,
	`arrived_at` integer NOT NULL,
	`site` text NOT NULL,
	`measured` text NOT NULL,
	`refused` text,
	PRIMARY KEY(`device`, `recipe`, `event_time`, `revision`)
);
--> statement-breakpoint
CREATE INDEX `observations_time` ON `observations` (`recipe`,`event_time`,`device`);--> statement-breakpoint
CREATE TABLE `score_attestations` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`recipe` text NOT NULL,
	`test` text NOT NULL,
	`change` text NOT NULL,
	`reason` text NOT NULL,
	`attested_by` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `score_attestations_recipe` ON `score_attestations` (`recipe`,`test`);--> statement-breakpoint
ALTER TABLE `alias_history` ADD `revision` integer NOT NULL;--> statement-breakpoint
ALTER TABLE `alias_history` ADD `kind` text NOT NULL;--> statement-breakpoint
ALTER TABLE `alias_history` ADD `changed_by` text NOT NULL;--> statement-breakpoint
ALTER TABLE `alias_history` ADD `rollout` text;--> statement-breakpoint
ALTER TABLE `alias_history` ADD `request` integer;--> statement-breakpoint
CREATE UNIQUE INDEX `alias_history_revision` ON `alias_history` (`recipe`,`name`,`revision`);--> statement-breakpoint
ALTER TABLE `devices` ADD `recipe` text DEFAULT 'temperature-24h' NOT NULL;--> statement-breakpoint
ALTER TABLE `evidence` ADD `intervals` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `evidence` ADD `covered` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `runs` ADD `kind` text DEFAULT 'train' NOT NULL;--> statement-breakpoint
ALTER TABLE `runs` ADD `recipe_body` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `parameters` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `result` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `requested_by` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `started_at` integer;--> statement-breakpoint
ALTER TABLE `versions` ADD `gates` text;--> statement-breakpoint
ALTER TABLE `versions` ADD `deleted_at` integer;--> statement-breakpoint
ALTER TABLE `versions` ADD `deleted_by` text;--> statement-breakpoint
ALTER TABLE `versions` ADD `deletion_reason` text;