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
CREATE INDEX `score_attestations_recipe` ON `score_attestations` (`recipe`,`test`);