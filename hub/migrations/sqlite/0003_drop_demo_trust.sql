DROP TABLE `desired`;--> statement-breakpoint
ALTER TABLE `devices` DROP COLUMN `password_hash`;--> statement-breakpoint
-- A manifest is its own bytes now, without the envelope around it; its digest stays.
UPDATE `versions` SET `manifest` = json_extract(`manifest`, '$.signed') WHERE json_extract(`manifest`, '$.signed') IS NOT NULL;--> statement-breakpoint
-- Stations that had a password have no key on record: they join anew.
UPDATE `devices` SET `enrolled_at` = NULL WHERE `public_key` IS NULL;
