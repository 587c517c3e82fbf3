DROP TABLE "desired" CASCADE;--> statement-breakpoint
ALTER TABLE "devices" DROP COLUMN "password_hash";