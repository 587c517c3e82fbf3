ALTER TABLE `runs` ADD `kind` text DEFAULT 'train' NOT NULL;--> statement-breakpoint
ALTER TABLE `runs` ADD `recipe_body` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `parameters` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `result` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `requested_by` text;