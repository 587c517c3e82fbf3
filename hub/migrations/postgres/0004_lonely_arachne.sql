ALTER TABLE "runs" ADD COLUMN "kind" text DEFAULT 'train' NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "recipe_body" jsonb;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "parameters" jsonb;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "result" jsonb;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "requested_by" text;