DROP TABLE `desired`;--> statement-breakpoint
ALTER TABLE `devices` DROP COLUMN `password_hash`;