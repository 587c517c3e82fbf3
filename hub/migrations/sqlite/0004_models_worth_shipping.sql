ALTER TABLE `devices` ADD `recipe` text DEFAULT 'temperature-24h' NOT NULL;--> statement-breakpoint
ALTER TABLE `evidence` ADD `intervals` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `evidence` ADD `covered` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `runs` ADD `kind` text DEFAULT 'train' NOT NULL;--> statement-breakpoint
ALTER TABLE `runs` ADD `recipe_body` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `parameters` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `result` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `requested_by` text;