ALTER TABLE "devices" ADD COLUMN "recipe" text DEFAULT 'temperature-24h' NOT NULL;--> statement-breakpoint
ALTER TABLE "evidence" ADD COLUMN "intervals" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "evidence" ADD COLUMN "covered" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "kind" text DEFAULT 'train' NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "recipe_body" jsonb;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "parameters" jsonb;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "result" jsonb;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "requested_by" text;