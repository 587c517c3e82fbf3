CREATE TABLE `alias_history` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`recipe` text NOT NULL,
	`name` text NOT NULL,
	`from_digest` text,
	`to_digest` text,
	`reason` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `aliases` (
	`recipe` text NOT NULL,
	`name` text NOT NULL,
	`digest` text NOT NULL,
	`revision` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`recipe`, `name`)
);
--> statement-breakpoint
CREATE TABLE `cursors` (
	`name` text PRIMARY KEY NOT NULL,
	`position` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `datasets` (
	`digest` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`recipe` text NOT NULL,
	`report` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `decisions` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`rollout` text NOT NULL,
	`stage` text NOT NULL,
	`at` integer NOT NULL,
	`verdict` text NOT NULL,
	`reasons` text NOT NULL,
	`measurements` text NOT NULL,
	`policy_digest` text NOT NULL,
	`evidence_digest` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `desired` (
	`device` text PRIMARY KEY NOT NULL,
	`generation` integer NOT NULL,
	`envelope` text NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `devices` (
	`id` text PRIMARY KEY NOT NULL,
	`site` text NOT NULL,
	`latitude` real NOT NULL,
	`longitude` real NOT NULL,
	`join_secret_hash` text,
	`password_hash` text,
	`created_at` integer NOT NULL,
	`enrolled_at` integer,
	`last_seen_at` integer,
	`last_reading_at` integer,
	`is_connected` integer DEFAULT false NOT NULL,
	`status` text
);
--> statement-breakpoint
CREATE TABLE `events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`event_time` integer,
	`source` text NOT NULL,
	`subject` text NOT NULL,
	`code` text NOT NULL,
	`severity` text NOT NULL,
	`message` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `evidence` (
	`device` text NOT NULL,
	`model` text NOT NULL,
	`reference` text NOT NULL,
	`source` text NOT NULL,
	`day` text NOT NULL,
	`n` integer NOT NULL,
	`sum_error` real NOT NULL,
	`sum_abs` real NOT NULL,
	`sum_squared` real NOT NULL,
	`sum_abs_reference` real NOT NULL,
	`sum_difference` real NOT NULL,
	`sum_difference_squared` real NOT NULL,
	PRIMARY KEY(`device`, `model`, `reference`, `source`, `day`)
);
--> statement-breakpoint
CREATE INDEX `evidence_model` ON `evidence` (`model`,`device`);--> statement-breakpoint
CREATE TABLE `ledger` (
	`device` text NOT NULL,
	`day` text NOT NULL,
	`issued` integer NOT NULL,
	`verified` integer NOT NULL,
	`unverifiable` integer NOT NULL,
	`expired` integer NOT NULL,
	PRIMARY KEY(`device`, `day`)
);
--> statement-breakpoint
CREATE TABLE `profiles` (
	`device` text NOT NULL,
	`channel` text NOT NULL,
	`day` text NOT NULL,
	`edges` text NOT NULL,
	`counts` text NOT NULL,
	`missing` integer NOT NULL,
	`invalid` integer NOT NULL,
	`n` integer NOT NULL,
	`sum` real NOT NULL,
	`sum_squared` real NOT NULL,
	`min` real,
	`max` real,
	PRIMARY KEY(`device`, `channel`, `day`, `edges`)
);
--> statement-breakpoint
CREATE TABLE `quarantine` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`topic` text NOT NULL,
	`client` text NOT NULL,
	`code` text NOT NULL,
	`message` text NOT NULL,
	`sample` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `recipes` (
	`name` text PRIMARY KEY NOT NULL,
	`digest` text NOT NULL,
	`body` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `rollouts` (
	`id` text PRIMARY KEY NOT NULL,
	`recipe` text NOT NULL,
	`version` integer NOT NULL,
	`digest` text NOT NULL,
	`state` text NOT NULL,
	`body` text NOT NULL,
	`revision` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY NOT NULL,
	`recipe` text NOT NULL,
	`dataset` text NOT NULL,
	`selection` text NOT NULL,
	`state` text NOT NULL,
	`stage` text NOT NULL,
	`fraction` real NOT NULL,
	`message` text NOT NULL,
	`run_key` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`version` integer
);
--> statement-breakpoint
CREATE TABLE `settings` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sites` (
	`id` text PRIMARY KEY NOT NULL,
	`latitude` real NOT NULL,
	`longitude` real NOT NULL
);
--> statement-breakpoint
CREATE TABLE `streams` (
	`device` text PRIMARY KEY NOT NULL,
	`watermark` integer DEFAULT 0 NOT NULL,
	`accepted` integer DEFAULT 0 NOT NULL,
	`duplicates` integer DEFAULT 0 NOT NULL,
	`rejected` integer DEFAULT 0 NOT NULL,
	`lost` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE `telemetry` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`device` text NOT NULL,
	`sequence` integer NOT NULL,
	`received_at` integer NOT NULL,
	`body` blob NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `telemetry_device_sequence` ON `telemetry` (`device`,`sequence`);--> statement-breakpoint
CREATE TABLE `versions` (
	`recipe` text NOT NULL,
	`version` integer NOT NULL,
	`digest` text NOT NULL,
	`manifest` text NOT NULL,
	`report` text NOT NULL,
	`run` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`recipe`, `version`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `versions_digest` ON `versions` (`digest`);