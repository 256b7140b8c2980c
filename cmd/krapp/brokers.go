package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// brokerRow is one node of the cluster.
type brokerRow struct {
	ID         int32  `json:"id"`
	Host       string `json:"host"`
	Port       int    `json:"port"`
	Rack       string `json:"rack,omitempty"`
	Controller bool   `json:"controller"`
	Cluster    string `json:"cluster"`
}

func (a *app) brokersCommand() *cobra.Command {
	return &cobra.Command{Use: "brokers", Short: "List the cluster's brokers", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return a.with(cmd.Context(), func(client *rdkafka.Client) error {
			cluster, err := client.Cluster(cmd.Context())
			if err != nil {
				return err
			}
			rows := []brokerRow{}
			for _, b := range cluster.Brokers {
				rows = append(rows, brokerRow{b.ID, b.Host, b.Port, b.Rack, b.ID == cluster.Controller, cluster.ID})
			}
			return cli.List(a.output(), rows,
				cli.Column[brokerRow]{Title: "id", Right: true, Text: func(b brokerRow) string { return strconv.Itoa(int(b.ID)) }},
				cli.Column[brokerRow]{Title: "address", Text: func(b brokerRow) string { return b.Host + ":" + strconv.Itoa(b.Port) }},
				cli.Column[brokerRow]{Title: "rack", Text: func(b brokerRow) string { return b.Rack }},
				cli.Column[brokerRow]{Title: "controller", Text: func(b brokerRow) string {
					if b.Controller {
						return "yes"
					}
					return ""
				}},
			)
		})
	}}
}
