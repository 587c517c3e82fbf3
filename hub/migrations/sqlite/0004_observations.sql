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
CREATE INDEX `observations_time` ON `observations` (`recipe`,`event_time`,`device`);