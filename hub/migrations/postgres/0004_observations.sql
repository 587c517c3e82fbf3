CREATE TABLE "observations" (
	"device" text NOT NULL,
	"recipe" text NOT NULL,
	"event_time" bigint NOT NULL,
	"revision" integer NOT NULL,
	"arrived_at" bigint NOT NULL,
	"site" text NOT NULL,
	"measured" jsonb NOT NULL,
	"refused" jsonb,
	CONSTRAINT "observations_device_recipe_event_time_revision_pk" PRIMARY KEY("device","recipe","event_time","revision")
);
--> statement-breakpoint
CREATE INDEX "observations_time" ON "observations" USING btree ("recipe","event_time","device");